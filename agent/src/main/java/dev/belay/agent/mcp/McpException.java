package dev.belay.agent.mcp;

import dev.belay.api.BelayException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An MCP server of a session cannot be used. The message names it and says why. */
public final class McpException extends BelayException {
    private static final long serialVersionUID = 1;

    private McpException(String message) {
        super("mcp_unavailable", message);
    }

    /** The servers are not known to this process, because it was started after the session, or has forgotten them. */
    public static McpException forgotten(List<String> servers) {
        return new McpException("the MCP servers of this session (" + String.join(", ", servers)
                + ") are not known any more: what they were given is never stored, and the server was started anew since"
                + " then; make a new session");
    }

    McpException(String server, String why, @Nullable Throwable cause) {
        super("mcp_unavailable", "the MCP server \"" + server + "\" cannot be used: " + why, cause);
    }
}
