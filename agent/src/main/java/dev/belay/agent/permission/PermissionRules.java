package dev.belay.agent.permission;

import dev.belay.api.InvalidRequestException;
import java.util.List;

/**
 * Rules as a request gives them, each {@code Tool} or {@code Tool(pattern)}.
 *
 * @param allow what runs without asking
 * @param ask what is asked for, also where the mode would let it run
 * @param deny what never runs
 */
public record PermissionRules(List<String> allow, List<String> ask, List<String> deny) {
    /** How many rules each list may hold. */
    public static final int MOST = 200;

    public static final PermissionRules NONE = new PermissionRules(List.of(), List.of(), List.of());

    public PermissionRules {
        allow = checked("permissions.allow", allow);
        ask = checked("permissions.ask", ask);
        deny = checked("permissions.deny", deny);
    }

    private static List<String> checked(String field, List<String> rules) {
        parsed(field, rules);
        return List.copyOf(rules);
    }

    /** @throws InvalidRequestException for that field if one of them is none */
    static List<ToolRule> parsed(String field, List<String> rules) {
        if (rules.size() > MOST) {
            throw new InvalidRequestException(
                    field, field + " holds " + rules.size() + " rules; at most " + MOST + " are allowed");
        }
        return rules.stream().map(rule -> ToolRule.parse(field, rule)).toList();
    }
}
