package dev.belay.agent.mcp;

import java.util.List;

/**
 * The MCP servers that a request wants for its session. What they hold (headers, variables) is never stored.
 *
 * @param depth how many agents have called each other until this request
 */
public record McpRequest(List<McpServer> servers, int depth) {
    public static final McpRequest NONE = new McpRequest(List.of(), 0);

    /** How deep agents may call each other. */
    public static final int DEEPEST = 3;

    public McpRequest {
        servers = List.copyOf(servers);
    }

    /** The names of the servers. */
    public List<String> names() {
        return servers.stream().map(McpServer::name).toList();
    }
}
