package dev.belay.agent.session.request;

import dev.belay.agent.permission.PermissionOptions;
import dev.belay.agent.subagent.SubagentDefinition;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.Money;
import dev.belay.sandbox.registry.SandboxSize;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a run or a session may ask for.
 *
 * @param model as {@link dev.belay.agent.model.Models} names it; empty for the configured default
 * @param fallbackModel what the turn goes on with when that cannot be had; empty for the configured one
 * @param maxTurns how often the model may be called in a turn, from 1
 * @param maxBudget what all turns of the session may cost together
 * @param allowUnpriced whether a model of which no price is known may be asked in spite of a budget
 * @param timeout wall clock time of the turn
 * @param allowedTools if present, the only tools that the model gets
 * @param permissions which calls of tools are made without asking
 * @param workingDirectory {@code /workspace} (private files), or {@code /workspace/NAME/…} beneath the project directory NAME
 * @param sandboxTools whether the two {@code mcp__sandbox__} tools are offered
 * @param sandboxSize what the session's sandbox may use, where that is not what the server gives
 * @param systemPrompt appended to the agent's own, or put in its place
 * @param outputSchema JSON Schema of an object that the answer has to fit
 * @param streamDeltas whether pieces of text are published while they are written
 * @param resume whether a turn that is open when the server dies goes on at the next start; otherwise it ends as interrupted
 * @param mcpServers the names of the MCP servers that the session has; all else of them is in {@link dev.belay.agent.mcp.McpRequest}
 * @param agents the sub-agents that the agent can start, beside those that ship with Belay
 * @param metadata the caller's own JSON object, kept with the session
 */
public record RunOptions(
        Optional<String> model,
        Optional<String> fallbackModel,
        OptionalInt maxTurns,
        Optional<Money> maxBudget,
        boolean allowUnpriced,
        Optional<Duration> timeout,
        Optional<List<String>> allowedTools,
        List<String> disallowedTools,
        PermissionOptions permissions,
        String workingDirectory,
        boolean sandboxTools,
        SandboxSize sandboxSize,
        Optional<String> systemPrompt,
        boolean replaceSystemPrompt,
        Optional<JsonText> outputSchema,
        boolean streamDeltas,
        boolean resume,
        List<String> mcpServers,
        List<SubagentDefinition> agents,
        JsonText metadata) {
    public static final String WORKSPACE = "/workspace";

    public static final RunOptions DEFAULT = new RunOptions(
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            PermissionOptions.DEFAULT,
            WORKSPACE,
            true,
            SandboxSize.STANDARD,
            Optional.empty(),
            false,
            Optional.empty(),
            false,
            false,
            List.of(),
            List.of(),
            JsonText.EMPTY_OBJECT);

    public RunOptions {
        // Absent from what was stored before there were any.
        permissions = permissions == null ? PermissionOptions.DEFAULT : permissions;
        disallowedTools = List.copyOf(disallowedTools);
        allowedTools = allowedTools.map(List::copyOf);
        mcpServers = List.copyOf(mcpServers);
        agents = agents == null ? List.of() : List.copyOf(agents);
        // The next process does not know the servers, which are not stored.
        resume = resume && mcpServers.isEmpty();
        check(maxTurns, maxBudget, timeout);
    }

    static void check(OptionalInt maxTurns, Optional<Money> maxBudget, Optional<Duration> timeout) {
        if (maxTurns.isPresent() && maxTurns.getAsInt() < 1) {
            throw new InvalidRequestException("max_turns", "max_turns must be at least 1");
        }
        if (maxBudget.isPresent() && maxBudget.get().micros() < 0) {
            throw new InvalidRequestException("max_budget_usd", "max_budget_usd must not be negative");
        }
        if (timeout.isPresent() && !timeout.get().isPositive()) {
            throw new InvalidRequestException("timeout_s", "timeout_s must be positive");
        }
    }

    /** The same for a turn that was begun with that model. */
    public RunOptions with(String begunWith) {
        return with(new TurnOptions(Optional.of(begunWith), OptionalInt.empty(), Optional.empty(), Optional.empty()));
    }

    /** The same with what one message asks for. */
    public RunOptions with(TurnOptions turn) {
        return with(turn, maxBudget);
    }

    /** The same with another limit of what all turns may cost together. */
    public RunOptions withMaxBudget(Optional<Money> most) {
        return with(TurnOptions.NONE, most);
    }

    private RunOptions with(TurnOptions turn, Optional<Money> most) {
        return new RunOptions(
                turn.model().or(() -> model),
                fallbackModel,
                turn.maxTurns().isPresent() ? turn.maxTurns() : maxTurns,
                most,
                allowUnpriced,
                turn.timeout().or(() -> timeout),
                allowedTools,
                disallowedTools,
                turn.permissionMode().map(permissions::in).orElse(permissions),
                workingDirectory,
                sandboxTools,
                sandboxSize,
                systemPrompt,
                replaceSystemPrompt,
                outputSchema,
                streamDeltas,
                resume,
                mcpServers,
                agents,
                metadata);
    }
}
