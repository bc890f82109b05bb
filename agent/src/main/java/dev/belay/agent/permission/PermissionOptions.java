package dev.belay.agent.permission;

import dev.belay.agent.tool.Toolbox;
import java.util.List;
import java.util.Optional;

/**
 * What a run or a session asks for about permissions.
 *
 * @param askUser whether the agent may ask questions
 */
public record PermissionOptions(PermissionMode mode, PermissionRules rules, boolean askUser) {
    public static final PermissionOptions DEFAULT =
            new PermissionOptions(PermissionMode.BYPASS, PermissionRules.NONE, false);

    /** The same in another mode. */
    public PermissionOptions in(PermissionMode other) {
        return new PermissionOptions(other, rules, askUser);
    }

    /**
     * The policy that they make with the tools that the request names.
     *
     * @param tools all that there are
     * @throws dev.belay.api.InvalidRequestException naming the list that holds what is no rule, or speaks of a tool that there is not
     */
    public PermissionPolicy policy(Toolbox tools, Optional<List<String>> allowedTools, List<String> disallowedTools) {
        PermissionPolicy policy = new PermissionPolicy(mode, rules, allowedTools, disallowedTools);
        policy.requireKnown(tools);
        return policy;
    }
}
