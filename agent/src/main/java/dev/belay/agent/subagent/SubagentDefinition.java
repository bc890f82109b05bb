package dev.belay.agent.subagent;

import dev.belay.agent.permission.PermissionMode;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Money;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * An agent that works for another one, as data (contract: Cloud Agent 6, {@code agents}). It never has more than the agent that starts it: not
 * more tools, not more leave, not more money.
 *
 * @param name what the model calls it by
 * @param description what it is for, as the agent that may start it is told
 * @param prompt what it is told first; {@code {directory}} stands for the working directory
 * @param tools the only ones that it gets of those of the agent that starts it; all of them if absent
 * @param disallowedTools those that it does not get
 * @param model as {@link dev.belay.agent.model.Models} names it; empty for that of the agent that starts it
 * @param maxTurns how often the model may be called for one task, from 1
 * @param maxBudget what one task may cost
 * @param permissionMode which of its calls are made without asking, where that is fewer than in the mode of the turn
 */
public record SubagentDefinition(
        String name,
        String description,
        String prompt,
        Optional<List<String>> tools,
        List<String> disallowedTools,
        Optional<String> model,
        OptionalInt maxTurns,
        Optional<Money> maxBudget,
        Optional<PermissionMode> permissionMode) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
    private static final int LONGEST_DESCRIPTION = 1_000;
    private static final int MOST_PROMPT_BYTES = 64 << 10;
    private static final int MOST_TOOLS = 200;
    /** What the field calls the model of the agent that starts it. */
    private static final String INHERIT = "inherit";

    public SubagentDefinition {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidRequestException(
                    "agents",
                    "agents: a name has up to 64 letters, digits, _ and -, and begins with a letter or a digit");
        }
        if (description.isBlank() || description.length() > LONGEST_DESCRIPTION) {
            throw wrong(name, "description", "must have 1 to " + LONGEST_DESCRIPTION + " characters");
        }
        if (prompt.isBlank() || prompt.getBytes(StandardCharsets.UTF_8).length > MOST_PROMPT_BYTES) {
            throw wrong(name, "prompt", "must have 1 to " + MOST_PROMPT_BYTES + " bytes");
        }
        tools = tools.map(List::copyOf);
        disallowedTools = List.copyOf(disallowedTools);
        if (tools.map(List::size).orElse(0) + disallowedTools.size() > MOST_TOOLS) {
            throw wrong(name, "tools", "and disallowed_tools may hold " + MOST_TOOLS + " names together");
        }
        model = model.filter(named -> !named.equals(INHERIT));
        if (maxTurns.isPresent() && maxTurns.getAsInt() < 1) {
            throw wrong(name, "max_turns", "must be at least 1");
        }
        if (maxBudget.isPresent() && maxBudget.get().micros() < 0) {
            throw wrong(name, "max_budget_usd", "must not be negative");
        }
    }

    private static InvalidRequestException wrong(String agent, String field, String what) {
        String place = field(agent, field);
        return new InvalidRequestException(place, place + " " + what);
    }

    /** How a request calls that field of that agent. */
    static String field(String agent, String field) {
        return "agents." + agent + "." + field;
    }

    /** How a request calls that field of this one. */
    public String field(String field) {
        return field(name, field);
    }
}
