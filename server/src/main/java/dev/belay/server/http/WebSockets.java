package dev.belay.server.http;

import dev.belay.api.MalformedRequestException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeRequest;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeResponse;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServerContainer;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns requests into WebSockets, bounds them, and finds out which of their clients are gone without a word. */
final class WebSockets implements AutoCloseable {
    /** What a browser's client offers beside its key, and gets back. */
    static final String SUBPROTOCOL = "belay";

    private static final Logger LOG = LoggerFactory.getLogger(WebSockets.class);
    private static final int BUFFER_BYTES = 4 << 10;

    private final Errors errors;
    private final Duration patience;
    private final long frameLimit;
    private final Set<WebSocket> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService prober = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("websocket-pings").factory());

    /**
     * @param patience how long a client may take nothing; one that answers no ping for twice as long is gone
     * @param frameLimit the largest text frame, in bytes; a larger one is closed with 1009
     */
    WebSockets(Errors errors, Duration patience, long frameLimit) {
        this.errors = errors;
        this.patience = patience;
        this.frameLimit = frameLimit;
        long every = Math.max(1, patience.toMillis() / 2);
        var _ = prober.scheduleWithFixedDelay(this::probe, every, every, TimeUnit.MILLISECONDS);
    }

    private void probe() {
        open.forEach(socket -> socket.probe(patience.multipliedBy(2)));
    }

    /** @throws UpgradeRequiredException if the request is no handshake */
    static void requireHandshake(Call call) {
        if (!call.header("Upgrade").orElse("").equalsIgnoreCase("websocket")
                || call.header("Sec-WebSocket-Key").isEmpty()) {
            throw new UpgradeRequiredException();
        }
    }

    /** Answers the handshake. */
    void accept(Call call, WebSocket.Listener listener) throws IOException {
        JettyWebSocketServerContainer container =
                JettyWebSocketServerContainer.getContainer(call.request().getServletContext());
        boolean agreed = container.upgrade(
                (request, response) -> agreed(request, response, listener),
                HandshakeFilter.marked(call.request()),
                call.response());
        if (!agreed) {
            throw new MalformedRequestException("this is no handshake of a WebSocket of version 13 (RFC 6455)");
        }
    }

    private Object agreed(
            JettyServerUpgradeRequest request, JettyServerUpgradeResponse response, WebSocket.Listener listener) {
        if (request.getSubProtocols().contains(SUBPROTOCOL)) {
            response.setAcceptedSubProtocol(SUBPROTOCOL);
        }
        // No compression: it would keep a window for each socket, and mix a client's text with what others wrote.
        response.setExtensions(List.of());
        return new Endpoint(listener);
    }

    @Override
    public void close() {
        prober.shutdownNow();
    }

    /** One socket as Jetty sees it, whose thread it must not keep. The next frame comes when {@code demand} asks for it. */
    public final class Endpoint implements Session.Listener {
        private final WebSocket.Listener listener;
        private @Nullable WebSocket opened;

        private Endpoint(WebSocket.Listener listener) {
            this.listener = listener;
        }

        @Override
        public void onWebSocketOpen(Session session) {
            session.setMaxTextMessageSize(frameLimit);
            session.setMaxFrameSize(frameLimit);
            session.setInputBufferSize(BUFFER_BYTES);
            session.setOutputBufferSize(BUFFER_BYTES);
            session.setIdleTimeout(patience.multipliedBy(4));
            WebSocket socket = new WebSocket(session, errors, patience);
            opened = socket;
            open.add(socket);
            handle(socket, () -> listener.opened(socket));
        }

        @Override
        public void onWebSocketText(String frame) {
            WebSocket socket = socket();
            socket.heard();
            handle(socket, () -> listener.text(socket, frame));
        }

        @Override
        public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
            callback.succeed();
            socket().close(WebSocket.UNSUPPORTED, "only text frames are understood");
        }

        @Override
        public void onWebSocketPong(ByteBuffer payload) {
            socket().heard();
            socket().demand();
        }

        @Override
        public void onWebSocketError(Throwable cause) {
            LOG.debug("a WebSocket failed", cause);
        }

        @Override
        public void onWebSocketClose(int code, @Nullable String reason, Callback callback) {
            if (opened != null) {
                open.remove(opened);
                listener.closed();
            }
            callback.succeed();
        }

        private WebSocket socket() {
            return Objects.requireNonNull(opened, "the socket is not open");
        }
    }

    /** What a listener does with one frame. */
    private interface Handling {
        void run() throws EventSink.ReaderGoneException, InterruptedException;
    }

    private static void handle(WebSocket socket, Handling handling) {
        Thread.ofVirtual().name("websocket").start(() -> {
            try {
                handling.run();
                socket.demand();
            } catch (EventSink.ReaderGoneException e) {
                LOG.debug("a WebSocket's client left before its answer", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
