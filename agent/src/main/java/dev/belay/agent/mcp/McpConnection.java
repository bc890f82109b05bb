package dev.belay.agent.mcp;

import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolOutcome;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import tools.jackson.databind.json.JsonMapper;

/**
 * One server of a session: opened when it is first needed, and anew when it is needed and has died, once for each call. A call that was under way
 * when it died is not repeated, because nobody knows what it did. Safe for many threads.
 */
final class McpConnection {
    private static final int MOST_TOOLS = 128;
    private static final McpSchema.Implementation BELAY =
            McpSchema.Implementation.builder("belay", "1").build();
    private static final McpJsonMapper JSON = new JacksonMcpJsonMapper(JsonMapper.shared());

    private final McpServer server;
    private final McpSettings settings;
    private final Function<ToolContext, Wire> wires;
    private @Nullable Opened opened;
    private boolean closed;

    /** @param tools as last told */
    private record Opened(McpSyncClient client, Link link, List<McpTool> tools) {}

    McpConnection(McpServer server, McpSettings settings, Function<ToolContext, Wire> wires) {
        this.server = server;
        this.settings = settings;
        this.wires = wires;
    }

    /**
     * The server's tools, asked for again if they may have changed.
     *
     * @throws McpException if it cannot be opened
     */
    synchronized List<McpTool> tools(ToolContext context) throws InterruptedException {
        Opened known = opened;
        boolean old = known != null
                && known.link().whyEnded().isEmpty()
                && (known.link().takeToolsChanged() || tellsChangesElsewhere(known.client()));
        if (known == null || !old) {
            return alive(context).tools();
        }
        Opened fresh = new Opened(known.client(), known.link(), list(known.client()));
        opened = fresh;
        return fresh.tools();
    }

    /** Over HTTP it would tell so on a stream that we do not hold open. */
    private boolean tellsChangesElsewhere(McpSyncClient client) {
        return server instanceof McpServer.Http
                && client.getServerCapabilities() != null
                && client.getServerCapabilities().tools() != null
                && Boolean.TRUE.equals(client.getServerCapabilities().tools().listChanged());
    }

    private synchronized Opened alive(ToolContext context) throws InterruptedException {
        Opened known = opened;
        if (known != null && known.link().whyEnded().isEmpty()) {
            return known;
        }
        if (closed) {
            throw new McpException(server.name(), "the session has ended", null);
        }
        if (known != null) {
            opened = null;
            known.link().end();
        }
        Opened fresh = open(context);
        opened = fresh;
        return fresh;
    }

    private Opened open(ToolContext context) throws InterruptedException {
        Wire wire = wires.apply(context);
        Link link = new Link(wire, JSON);
        McpSyncClient client = McpClient.sync(link)
                .clientInfo(BELAY)
                .initializationTimeout(settings.open())
                .requestTimeout(settings.call())
                .build();
        boolean open = false;
        try {
            wire.open(link);
            asked(client::initialize);
            Opened fresh = new Opened(client, link, list(client));
            open = true;
            return fresh;
        } catch (IOException | RuntimeException e) {
            throw e instanceof McpException known ? known : new McpException(server.name(), reason(e, link), e);
        } finally {
            if (!open) {
                link.end();
            }
        }
    }

    private List<McpTool> list(McpSyncClient client) throws InterruptedException {
        if (client.getServerCapabilities() == null
                || client.getServerCapabilities().tools() == null) {
            return List.of();
        }
        List<McpTool> tools = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Optional<String> page = Optional.empty();
        do {
            Optional<String> cursor = page;
            McpSchema.ListToolsResult result = asked(() -> client.listTools(cursor.orElse(McpSchema.FIRST_PAGE)));
            for (McpSchema.Tool told : result.tools()) {
                tools.add(McpTool.of(server.name(), told, names, this));
            }
            if (tools.size() > MOST_TOOLS) {
                throw new McpException(server.name(), "it has more than " + MOST_TOOLS + " tools", null);
            }
            page = Optional.ofNullable(result.nextCursor())
                    .filter(_ -> !result.tools().isEmpty());
        } while (page.isPresent());
        return List.copyOf(tools);
    }

    /** Calls a tool and says what came of it, also if nothing did. */
    ToolOutcome call(McpSchema.CallToolRequest request, ToolContext context) throws InterruptedException {
        Opened now = alive(context);
        try {
            return McpResult.outcome(server.name(), asked(() -> now.client().callTool(request)), context.filesShown());
        } catch (InterruptedException e) {
            now.link().cancel(request, "the turn was stopped");
            throw e;
        } catch (RuntimeException e) {
            Throwable cause = Exceptions.unwrap(e);
            if (cause instanceof TimeoutException) {
                now.link().cancel(request, "it took too long");
                return ToolOutcome.error("The MCP server \"" + server.name() + "\" did not answer within "
                        + settings.call().toSeconds()
                        + " s. The call was cancelled there; what it did so far is unknown.");
            }
            if (cause instanceof McpError error && now.link().whyEnded().isEmpty()) {
                return ToolOutcome.error("The MCP server \"" + server.name() + "\" refused the call: "
                        + McpResult.cut(String.valueOf(error.getMessage())));
            }
            forgetIfLost(now, cause);
            return ToolOutcome.error("The MCP server \"" + server.name() + "\" failed during the call: "
                    + reason(e, now.link()) + ". What the call did is unknown; the server is started anew for the next"
                    + " one.");
        }
    }

    /** Over HTTP nothing else tells that a server, or its memory of us, is gone. */
    private synchronized void forgetIfLost(Opened lost, Throwable cause) {
        if (server instanceof McpServer.Http && cause instanceof IOException) {
            lost.link().ended(String.valueOf(cause.getMessage()));
        }
    }

    /** What the SDK answers, with its interrupts as ours. */
    private static <T> T asked(Supplier<T> request) throws InterruptedException {
        try {
            return request.get();
        } catch (RuntimeException e) {
            if (Thread.interrupted() || Exceptions.unwrap(e) instanceof InterruptedException) {
                throw new InterruptedException();
            }
            throw e;
        }
    }

    private String reason(Exception e, Link link) {
        if (link.whyEnded().isPresent()) {
            return McpResult.cut(link.whyEnded().get());
        }
        Throwable root = Exceptions.unwrap(e);
        while (root.getCause() != null && !(root instanceof McpError) && !(root instanceof TimeoutException)) {
            root = root.getCause();
        }
        return root instanceof TimeoutException
                ? "it did not answer in time"
                : McpResult.cut(Optional.ofNullable(root.getMessage()).orElse(root.toString()));
    }

    synchronized void close() {
        closed = true;
        Opened known = opened;
        opened = null;
        if (known != null) {
            known.link().end();
        }
    }
}
