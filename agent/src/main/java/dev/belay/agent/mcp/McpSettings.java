package dev.belay.agent.mcp;

import java.time.Duration;

/**
 * How long a server of a session may take.
 *
 * @param open to start and to tell its tools
 * @param call for one call of a tool
 * @param life of a program, before it is started anew
 */
public record McpSettings(Duration open, Duration call, Duration life) {
    public static final McpSettings DEFAULT =
            new McpSettings(Duration.ofSeconds(30), Duration.ofSeconds(120), Duration.ofHours(24));
}
