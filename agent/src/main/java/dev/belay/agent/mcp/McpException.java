package dev.belay.agent.mcp;

import dev.belay.api.BelayException;
import org.jspecify.annotations.Nullable;

/** An MCP server of a session cannot be used. The message names it and says why. */
public final class McpException extends BelayException {
    private static final long serialVersionUID = 1;

    McpException(String server, String why, @Nullable Throwable cause) {
        super("mcp_unavailable", "the MCP server \"" + server + "\" cannot be used: " + why, cause);
    }
}
