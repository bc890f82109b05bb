package dev.belay.agent.mcp;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Joins the protocol's client to a {@link Wire}. It knows which requests are open, so that a call can be cancelled at the server, and so that a
 * server that dies answers all of them at once. Each message leaves from a thread of its own: a server that reads nothing holds up nobody.
 */
final class Link implements McpClientTransport, Wire.Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(Link.class);
    private static final int ENDED = -32000;
    private static final int MOST_SENDING = 64;
    private static final Duration LONGEST_END = Duration.ofSeconds(5);

    private final Wire wire;
    private final McpJsonMapper json;
    private final Map<Object, Open> open = new ConcurrentHashMap<>();
    private final Set<Thread> sending = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler;
    private volatile Optional<String> ended = Optional.empty();
    private volatile boolean toolsChanged;

    /** A request without an answer so far. */
    private record Open(JSONRPCRequest request, Thread sender) {}

    Link(Wire wire, McpJsonMapper json) {
        this.wire = wire;
        this.json = json;
    }

    /** Why nothing comes any more; empty as long as something may. */
    Optional<String> whyEnded() {
        return ended;
    }

    /** Whether the server said that its tools have changed, since this was last asked. */
    boolean takeToolsChanged() {
        boolean changed = toolsChanged;
        toolsChanged = false;
        return changed;
    }

    /** Tells the server that nobody waits for the answer to the request with these parameters any more. */
    @SuppressWarnings("ReferenceEquality") // another call may have equal parameters
    void cancel(Object parameters, String why) {
        open.forEach((id, request) -> {
            if (request.request().params() == parameters && open.remove(id) != null) {
                request.sender().interrupt();
                send(new JSONRPCNotification("notifications/cancelled", Map.of("requestId", id, "reason", why)))
                        .subscribe(_ -> {}, e -> LOG.debug("a call could not be cancelled: {}", e.toString()));
            }
        });
    }

    @Override
    public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> messages) {
        return Mono.fromRunnable(() -> handler = messages);
    }

    @Override
    public Mono<Void> sendMessage(JSONRPCMessage message) {
        return send(message);
    }

    private Mono<Void> send(JSONRPCMessage message) {
        return Mono.create(sink -> {
            Thread sender = Thread.ofVirtual().name("mcp-send").unstarted(() -> {
                try {
                    if (ended.isPresent()) {
                        throw new IOException(ended.get());
                    }
                    wire.send(
                            json.writeValueAsString(message),
                            () -> !(message instanceof JSONRPCRequest request) || !open.containsKey(request.id()));
                    sink.success();
                } catch (IOException e) {
                    forget(message);
                    sink.error(e);
                } catch (InterruptedException e) {
                    forget(message);
                    sink.error(new IOException("it was broken off"));
                } catch (RuntimeException e) {
                    forget(message);
                    sink.error(e);
                } finally {
                    sending.remove(Thread.currentThread());
                }
            });
            if (message instanceof JSONRPCRequest request) {
                open.put(request.id(), new Open(request, sender));
            }
            sending.add(sender);
            sender.start();
        });
    }

    private void forget(JSONRPCMessage message) {
        if (message instanceof JSONRPCRequest request) {
            open.remove(request.id());
        }
    }

    @Override
    public void message(String text) {
        JSONRPCMessage message;
        try {
            message = McpSchema.deserializeJsonRpcMessage(json, text);
        } catch (IOException | RuntimeException e) {
            // Some programs print a line or two that are none of the protocol's.
            LOG.debug("an MCP server sent what is no message: {}", e.toString());
            return;
        }
        switch (message) {
            case JSONRPCNotification notification
            when McpSchema.METHOD_NOTIFICATION_TOOLS_LIST_CHANGED.equals(notification.method()) -> toolsChanged = true;
            case JSONRPCNotification _ -> LOG.trace("a notification of an MCP server is not for us");
            case JSONRPCResponse response -> answer(response);
            default -> {
                // Who asks without reading the answers is not answered.
                if (sending.size() < MOST_SENDING) {
                    hand(message);
                }
            }
        }
    }

    private void answer(JSONRPCResponse response) {
        Open request = response.id() == null ? null : open.remove(response.id());
        if (request == null) {
            return;
        }
        if (McpSchema.METHOD_INITIALIZE.equals(request.request().method())
                && response.result() instanceof Map<?, ?> result
                && result.get("protocolVersion") instanceof String version) {
            wire.speaks(version);
        }
        hand(response);
    }

    private void hand(JSONRPCMessage message) {
        Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> to = handler;
        if (to != null) {
            to.apply(Mono.just(message))
                    .subscribe(_ -> {}, e -> LOG.debug("a message was not taken: {}", e.toString()));
        }
    }

    @Override
    public void ended(String why) {
        if (ended.isEmpty()) {
            ended = Optional.of(why);
        }
        open.keySet().forEach(id -> answer(JSONRPCResponse.error(id, new JSONRPCResponse.JSONRPCError(ENDED, why))));
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
        return json.convertValue(data, type);
    }

    /** When it returns, nothing of it is left. */
    @Override
    public Mono<Void> closeGracefully() {
        return Mono.fromRunnable(this::end);
    }

    void end() {
        ended("it was closed");
        boolean interrupted = false;
        for (Thread sender : sending) {
            sender.interrupt();
            try {
                // Only the lookup of a name does not end at once.
                if (!sender.equals(Thread.currentThread())) {
                    sender.join(LONGEST_END);
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        wire.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
