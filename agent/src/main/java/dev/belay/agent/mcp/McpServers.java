package dev.belay.agent.mcp;

import dev.belay.agent.dial.Dialler;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.SecretsInUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The MCP servers of one session. They are opened when {@link #tools} first asks for their tools, at the start of a turn, and closed with this.
 * Programs run in the session's sandbox; addresses are dialled by the server, to the outside only. What headers and variables hold is known to the
 * redactor meanwhile. Safe for many threads.
 */
public final class McpServers implements AutoCloseable {
    /** Says how many agents have called each other to make this request. */
    public static final String DEPTH_HEADER = "X-Belay-Depth";

    private final List<McpConnection> connections;
    private final SecretsInUse.Hold secrets;

    /** What all sessions share. */
    public record Parts(McpSettings settings, Dialler dialler, SecretsInUse inUse) {}

    /**
     * @param depth how many agents have called each other until this session
     * @throws InvalidRequestException if there are too many, or two of a name
     */
    public McpServers(List<McpServer> servers, Parts parts, int depth) {
        check(servers);
        McpSettings settings = parts.settings();
        connections = servers.stream()
                .map(server -> new McpConnection(server, settings, context -> switch (server) {
                    case McpServer.Stdio stdio ->
                        new StdioWire(context.sandbox(), stdio, context.directory(), settings.life());
                    case McpServer.Http http ->
                        new HttpWire(
                                parts.dialler(),
                                http,
                                Map.of(DEPTH_HEADER, Integer.toString(depth + 1)),
                                settings.call().plusSeconds(5));
                }))
                .toList();
        secrets = parts.inUse()
                .hold(servers.stream()
                        .flatMap(server -> server.secrets().stream())
                        .toList());
    }

    static void check(List<McpServer> servers) {
        if (servers.size() > McpServer.MOST) {
            throw new InvalidRequestException(
                    "mcp_servers", "a session has at most " + McpServer.MOST + " MCP servers, not " + servers.size());
        }
        if (servers.stream().map(McpServer::name).distinct().count() < servers.size()) {
            throw new InvalidRequestException("mcp_servers", "two MCP servers have the same name");
        }
    }

    /** Whether a tool, or all tools of a server ({@code mcp__SERVER}), are those of one of the servers with these names. */
    public static boolean named(String tool, List<String> servers) {
        return servers.stream()
                .map(server -> "mcp__" + server)
                .anyMatch(all -> tool.equals(all) || tool.startsWith(all + "__"));
    }

    /** Whether a tool of a server is named by one of these, by its own name or with all of its server. */
    private static boolean isAmong(Tool tool, List<String> names) {
        return names.stream()
                .anyMatch(name -> tool.name().equals(name) || tool.name().startsWith(name + "__"));
    }

    /** As {@link #tools(ToolContext)}, without those that a request leaves out. */
    public List<Tool> tools(ToolContext context, Optional<List<String>> allowed, List<String> disallowed)
            throws InterruptedException {
        return tools(context).stream()
                .filter(tool -> allowed.isEmpty() || isAmong(tool, allowed.get()))
                .filter(tool -> !isAmong(tool, disallowed))
                .toList();
    }

    /**
     * The tools of all servers, for one turn; they stay the same during it. Servers that are not open are opened, all at once.
     *
     * @throws McpException if one cannot be; an agent that silently lacks tools would do harm
     */
    public List<Tool> tools(ToolContext context) throws InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<McpTool>>> asked = new ArrayList<>();
            for (McpConnection connection : connections) {
                asked.add(threads.submit(() -> connection.tools(context)));
            }
            List<Tool> tools = new ArrayList<>();
            try {
                for (Future<List<McpTool>> one : asked) {
                    tools.addAll(one.get());
                }
                return tools;
            } catch (ExecutionException e) {
                threads.shutdownNow();
                switch (e.getCause()) {
                    case RuntimeException cause -> throw cause;
                    case InterruptedException cause -> throw cause;
                    case null, default -> throw new IllegalStateException(e);
                }
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw e;
            }
        }
    }

    /** Ends all of them; when it returns, no process, thread or connection is left. Idempotent. */
    @Override
    public void close() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            connections.forEach(connection -> threads.execute(connection::close));
        }
        secrets.close();
    }
}
