package dev.belay.agent.session;

import dev.belay.agent.mcp.McpServers;
import dev.belay.agent.permission.AskUser;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.subagent.Subagents;
import dev.belay.agent.subagent.Task;
import dev.belay.agent.tool.Toolbox;
import java.util.List;
import java.util.Optional;

/** Which of the tools here the model of a session is told of. */
final class ChosenTools {
    private ChosenTools() {}

    /**
     * Without the tools of MCP servers, which are known when a turn has begun.
     *
     * @param agents whom {@code Task} can start
     * @throws dev.belay.api.InvalidRequestException if the options name a tool that is neither here nor of one of their servers
     */
    static Toolbox of(Sessions.Parts parts, RunOptions options, Subagents agents) {
        Toolbox chosen = parts.tools()
                .restrictedTo(Optional.of(parts.agent().tools()), List.of(), true)
                .restrictedTo(
                        options.allowedTools().map(allowed -> here(allowed, options)),
                        here(options.disallowedTools(), options),
                        options.sandboxTools())
                .replacing(new Task(agents));
        return options.permissions().askUser() ? chosen.with(List.of(new AskUser())) : chosen;
    }

    private static List<String> here(List<String> tools, RunOptions options) {
        return tools.stream()
                .filter(tool -> !McpServers.named(tool, options.mcpServers()))
                .toList();
    }
}
