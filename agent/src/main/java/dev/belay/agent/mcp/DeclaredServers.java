package dev.belay.agent.mcp;

import dev.belay.agent.dial.Dialler;
import dev.belay.api.SecretsInUse;
import dev.belay.api.SessionId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the sessions of this process were given for their MCP servers. Kept in memory alone, because it holds keys; after a restart a session is
 * told that its servers are not known any more. Safe for many threads.
 */
public final class DeclaredServers {
    private static final int MOST = 4096;

    private final McpServers.Parts parts;
    private final Map<SessionId, McpRequest> declared = new LinkedHashMap<>();

    public DeclaredServers(McpServers.Parts parts) {
        this.parts = parts;
    }

    /** With the usual limits, and without hosts that are allowed besides those outside. */
    public static DeclaredServers standard() {
        return new DeclaredServers(
                new McpServers.Parts(McpSettings.DEFAULT, new Dialler(Set.of()), new SecretsInUse()));
    }

    /**
     * Keeps what a session was given.
     *
     * @throws dev.belay.api.InvalidRequestException if there are too many servers, or two of a name
     */
    public void declare(SessionId session, McpRequest request) {
        if (request.servers().isEmpty()) {
            return;
        }
        McpServers.check(request.servers());
        synchronized (this) {
            declared.put(session, request);
            if (declared.size() > MOST) {
                declared.remove(declared.keySet().iterator().next());
            }
        }
    }

    /** The session has ended, or never began. */
    public synchronized void forget(SessionId session) {
        declared.remove(session);
    }

    /** The session's servers, none of them open; to be closed by the caller. Empty if none are known. */
    public Optional<McpServers> of(SessionId session) {
        Optional<McpRequest> request;
        synchronized (this) {
            request = Optional.ofNullable(declared.get(session));
        }
        return request.map(known -> new McpServers(known.servers(), parts, known.depth()));
    }
}
