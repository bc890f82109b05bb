package dev.belay.server.http;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.OutgoingFrames;
import tools.jackson.databind.node.ObjectNode;

/**
 * One open WebSocket, text both ways. An answer waits until it is on its way; events are sent without waiting, a large one in fragments. A
 * client that takes nothing for too long is closed with 1013 and the position from which it may go on. Safe for many threads; events come
 * from one at a time.
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
    private final OutgoingFrames frames;
    private final Errors errors;
    private final Duration patience;
    private volatile long lastHeard = System.nanoTime();
    private volatile long lastSeq;
    private volatile boolean closing;

    private volatile Sender sender = NOBODY;
    private List<Added> added = new ArrayList<>(1);
    private int addedBytes;
    private final AtomicInteger onTheirWay = new AtomicInteger();
    private volatile long lastTaken;
    /** Whether the client got a part of an event, between which and the rest of it only control frames may come. */
    private boolean insideEvent;

    private record Added(Frame frame, OptionalLong seq) {}

    private static final Sender NOBODY = new Sender() {
        @Override
        public void sent() {}

        @Override
        public void gone(boolean cut) {}
    };

    /** @param patience how long a client may take nothing */
    WebSocket(Session session, Errors errors, Duration patience) {
        this.session = session;
        this.frames = ((WebSocketSession) session).getCoreSession();
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
    public void tell(Sender told) {
        sender = told;
    }

    @Override
    public boolean busy() {
        return onTheirWay.get() > 0;
    }

    @Override
    public void add(String type, OptionalLong seq, byte[] json, int from, int to) {
        boolean whole = from == 0 && to == json.length;
        // A part must not hold on to the rest.
        ByteBuffer bytes = ByteBuffer.wrap(whole ? json : Arrays.copyOfRange(json, from, to));
        boolean last = to == json.length;
        Frame frame = new Frame(from == 0 ? OpCode.TEXT : OpCode.CONTINUATION, last, bytes);
        added.add(new Added(frame, last ? seq : OptionalLong.empty()));
        addedBytes += to - from;
    }

    @Override
    public int added() {
        return addedBytes;
    }

    @Override
    public void send() {
        // One more, so that it is not told before all are handed over.
        onTheirWay.set(added.size() + 1);
        handOver();
        taken();
    }

    private synchronized void handOver() {
        List<Added> batch = added;
        added = new ArrayList<>(1);
        addedBytes = 0;
        lastTaken = System.nanoTime();
        for (Added one : batch) {
            frames.sendFrame(one.frame(), org.eclipse.jetty.util.Callback.from(() -> taken(one), this::failed), false);
            insideEvent = !one.frame().isFin();
        }
        notifyAll();
    }

    private void taken(Added one) {
        one.seq().ifPresent(seq -> lastSeq = seq);
        lastTaken = System.nanoTime();
        taken();
    }

    private void taken() {
        if (onTheirWay.decrementAndGet() == 0) {
            sender.sent();
        }
    }

    private void failed(Throwable why) {
        sender.gone(false);
    }

    /** Sends a text frame, and waits until the connection has taken it. */
    public void send(String text) throws ReaderGoneException {
        Callback.Completable sent = new Callback.Completable();
        try {
            synchronized (this) {
                long end = System.nanoTime() + patience.toNanos();
                while (insideEvent) {
                    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                    if (left <= 0) {
                        throw new TimeoutException("the client does not take the event before it");
                    }
                    wait(left);
                }
                session.sendText(text, sent);
            }
            sent.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // Told behind what is stuck, if the client reads on after all.
            drop(Cut.TRY_AGAIN, lastSeq);
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
    public void end() {
        end(NORMAL, "complete");
    }

    @Override
    public void cut(Cut why, long resumeAfter) {
        end(code(why), goOn(resumeAfter));
    }

    /** As {@link #cut} at once, from any thread, whatever is being sent. */
    public void drop(Cut why, long resumeAfter) {
        close(code(why), goOn(resumeAfter));
        sender.gone(true);
    }

    private static int code(Cut why) {
        return switch (why) {
            case TRY_AGAIN -> TRY_AGAIN_LATER;
            case SERVER_STOPS -> GOING_AWAY;
            case FAILED -> FAILED;
            case KEY_ENDED -> POLICY_VIOLATION;
        };
    }

    private static String goOn(long resumeAfter) {
        return "go on with after_seq=" + resumeAfter;
    }

    private void end(int code, String reason) {
        onTheirWay.set(added.size() + 1);
        handOver();
        closing = true;
        session.close(code, reason, Callback.from(this::taken, _ -> taken()));
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
     * Asks the client whether it is there, and drops one that has not answered for that long, or took nothing of what was sent. One that was
     * told to go has until the connection's idle time is over to read why.
     */
    void probe(Duration longestSilence) {
        if (closing) {
            return;
        }
        if (System.nanoTime() - lastHeard > longestSilence.toNanos()) {
            session.disconnect();
        } else if (busy() && System.nanoTime() - lastTaken > patience.toNanos()) {
            drop(Cut.TRY_AGAIN, lastSeq);
        } else {
            session.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
        }
    }
}
