package dev.belay.server.http;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import tools.jackson.databind.node.ObjectNode;

/**
 * One open WebSocket, text both ways. What is sent waits until it is on its way, and a client that takes nothing for too long is closed with
 * 1013 and the position from which it may go on. Safe for many threads; events come from one.
 */
public final class WebSocket implements EventSink {
    static final int NORMAL = 1000;
    static final int GOING_AWAY = 1001;
    static final int UNSUPPORTED = 1003;
    static final int POLICY_VIOLATION = 1008;
    static final int FAILED = 1011;
    static final int TRY_AGAIN_LATER = 1013;

    /** An error as a frame: {@code {"type":"error","code","message","field"?}} (contract: Cloud Agent 1.3). */
    private static final ErrorShape FRAME = new ErrorShape() {
        @Override
        public int status(Exception thrown, int standard) {
            return standard;
        }

        @Override
        public ObjectNode body(String code, String message, Optional<String> field) {
            ObjectNode frame =
                    Json.object().put("type", "error").put("code", code).put("message", message);
            field.ifPresent(name -> frame.put("field", name));
            return frame;
        }
    };

    private final Session session;
    private final Errors errors;
    private final Duration patience;
    private volatile long lastHeard = System.nanoTime();
    private volatile long lastSeq;
    private volatile boolean closing;

    /** @param patience how long a client may take nothing */
    WebSocket(Session session, Errors errors, Duration patience) {
        this.session = session;
        this.errors = errors;
        this.patience = patience;
    }

    /** What a client does; one call at a time, on a virtual thread. The next frame is read when the one before is done with. */
    public interface Listener {
        /** Before anything else. */
        void opened(WebSocket socket) throws ReaderGoneException, InterruptedException;

        /** A whole text frame came. */
        void text(WebSocket socket, String frame) throws ReaderGoneException, InterruptedException;

        /** After all else, once: nothing can be sent any more. */
        void closed();
    }

    @Override
    public void write(String type, OptionalLong seq, String json) throws ReaderGoneException {
        send(json);
        seq.ifPresent(number -> lastSeq = number);
    }

    /** Sends a text frame, and waits until the connection has taken it. */
    public void send(String text) throws ReaderGoneException {
        Callback.Completable sent = Callback.Completable.with(done -> session.sendText(text, done));
        try {
            sent.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // Told behind what is stuck, if the client reads on after all.
            cut(Cut.TRY_AGAIN, lastSeq);
            throw new ReaderGoneException(e, true);
        } catch (ExecutionException e) {
            throw new ReaderGoneException(e, false);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReaderGoneException(e, true);
        }
    }

    /** An error, as a frame; the socket stays open. */
    public ObjectNode error(Exception thrown) {
        return errors.body(thrown, "a WebSocket's frame", FRAME);
    }

    @Override
    public void flush() throws ReaderGoneException {
        if (!session.isOpen()) {
            throw new ReaderGoneException(new IllegalStateException("closed"), false);
        }
    }

    @Override
    public void end() {
        close(NORMAL, "complete");
    }

    @Override
    public void cut(Cut why, long resumeAfter) {
        int code = switch (why) {
            case TRY_AGAIN -> TRY_AGAIN_LATER;
            case SERVER_STOPS -> GOING_AWAY;
            case FAILED -> FAILED;
            case KEY_ENDED -> POLICY_VIOLATION;
        };
        close(code, "go on with after_seq=" + resumeAfter);
    }

    void close(int code, String reason) {
        closing = true;
        session.close(code, reason, Callback.NOOP);
    }

    void heard() {
        lastHeard = System.nanoTime();
    }

    /** What came is dealt with: the next may come. */
    void demand() {
        session.demand();
    }

    /**
     * Asks the client whether it is there, and drops one that has not answered for that long. One that was told to go has until the
     * connection's idle time is over to read why.
     */
    void probe(Duration longestSilence) {
        if (closing) {
            return;
        }
        if (System.nanoTime() - lastHeard > longestSilence.toNanos()) {
            session.disconnect();
        } else {
            session.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
        }
    }
}
