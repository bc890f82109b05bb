package dev.belay.server.cloudagent.stream;

import dev.belay.agent.session.Sessions;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.StorageException;
import dev.belay.api.TurnId;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Subscription;
import dev.belay.eventlog.Subscription.Delivery;
import dev.belay.eventlog.Subscription.ReaderTooSlowException;
import dev.belay.server.cloudagent.stream.SharedLines.Line;
import dev.belay.server.cloudagent.wire.WireEvent;
import dev.belay.server.cloudagent.wire.WireEvents;
import dev.belay.server.http.Admission;
import dev.belay.server.http.EventSink;
import dev.belay.server.http.EventSink.Cut;
import dev.belay.server.http.OpenStreams;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one session's stream to one reader. Whatever the reader does, the turn does not notice. It has no thread: one works for it while
 * there is something to tell and the reader takes it. What it holds for a reader that does not is bounded: what waits in the subscription, and
 * what was sent last.
 */
public final class SessionStream implements EventSink.Sender {
    private static final Logger LOG = LoggerFactory.getLogger(SessionStream.class);
    /** So much is sent at once, and the event that exceeds it. */
    private static final int SENT_AT_ONCE = 32 << 10;
    /** A longer line is sent in parts; between them nobody holds it. */
    static final int PART_BYTES = 128 << 10;

    /** How a stream came to its end. */
    public enum End {
        /** What was to be told is told. */
        COMPLETE,
        /** The client closed the connection. */
        CLIENT_LEFT,
        /** The server ended it: the reader was too slow, or the server stops. */
        CUT
    }

    private final Parts parts;
    private final Scope scope;
    private final Admission admission;
    private final SessionId session;
    private final Subscription subscription;
    private final EventSink sink;
    private final OpenStreams.Place place;
    private final CompletableFuture<End> ended = new CompletableFuture<>();
    /** How often it was called to work since it last had nothing to do. */
    private final AtomicInteger calls = new AtomicInteger();

    private Predicate<Event> last = _ -> false;
    private @Nullable Turn turn;
    private @Nullable TurnId only;
    private @Nullable Rest rest;
    private boolean begun;
    /** How it ends once what was sent last has left. */
    private @Nullable End ending;

    private volatile long spokeAtMillis;
    private volatile boolean told;
    private volatile @Nullable End left;

    private record Turn(TurnId id, Instant started) {}

    /** What is still to be sent of a long line, which is made again if memory was needed. */
    private record Rest(long seq, int from, boolean isLast, WeakReference<Line> line) {}

    /** What a stream is made of. */
    public record Parts(
            WireEvents wire,
            SharedLines lines,
            Sessions sessions,
            EventLog log,
            OpenStreams streams,
            StreamPulse pulse,
            InstantSource clock,
            Duration heartbeat) {}

    /** Takes over the subscription and the place, and gives them back when it ends. */
    SessionStream(
            Parts parts,
            Scope scope,
            Admission admission,
            SessionId session,
            Subscription subscription,
            EventSink sink,
            OpenStreams.Place place) {
        this.parts = parts;
        this.scope = scope;
        this.admission = admission;
        this.session = session;
        this.subscription = subscription;
        this.sink = sink;
        this.place = place;
    }

    /** Says which turn runs, for a reader that joins after it began. */
    public SessionStream during(TurnId id, long startedMicros) {
        turn = new Turn(id, Instant.EPOCH.plus(startedMicros, ChronoUnit.MICROS));
        return this;
    }

    /** Tells what comes of that turn and nothing of others, until its result. */
    public CompletableFuture<End> carryTurn(TurnId wanted) {
        only = wanted;
        return carry(
                true,
                event -> event.body() instanceof TurnEvent.Finished
                        && event.turn().filter(wanted::equals).isPresent());
    }

    /**
     * Begins to carry events, up to one after which nothing more is to be told. What is returned is done when the stream has ended.
     *
     * @param endsItself whether that comes by itself once no turn runs any more
     */
    public CompletableFuture<End> carry(boolean endsItself, Predicate<Event> upTo) {
        last = upTo;
        spoke();
        sink.tell(this);
        parts.pulse().add(this);
        subscription.whenReady(this::call);
        place.onClosing(endsItself, () -> {
            told = true;
            call();
        });
        call();
        return ended;
    }

    @Override
    public void sent() {
        call();
    }

    @Override
    public void gone(boolean cut) {
        left = cut ? End.CUT : End.CLIENT_LEFT;
        call();
    }

    /** Now and then: shows that it lives if it was silent for too long. */
    void beat() {
        if (silent() && !sink.busy()) {
            call();
        }
    }

    private boolean silent() {
        return parts.clock().millis() - spokeAtMillis >= parts.heartbeat().toMillis();
    }

    private void spoke() {
        spokeAtMillis = parts.clock().millis();
    }

    /** Lets a thread work, if none does; one that does looks again. */
    private void call() {
        if (calls.getAndIncrement() == 0) {
            parts.pulse().work(this::work);
        }
    }

    private void work() {
        int seen;
        do {
            seen = calls.get();
            workOnce();
        } while (!calls.compareAndSet(seen, 0));
    }

    private void workOnce() {
        if (ended.isDone()) {
            return;
        }
        try {
            if (left == null && ending == null) {
                tell();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            left = End.CUT;
        } catch (RuntimeException | Error e) {
            release();
            ended.completeExceptionally(e);
            return;
        }
        if (left != null) {
            release();
            ended.complete(left);
        } else if (ending != null && !sink.busy()) {
            release();
            ended.complete(ending);
        }
    }

    private void release() {
        parts.pulse().remove(this);
        subscription.close();
        place.close();
    }

    private void tell() throws InterruptedException {
        try {
            tellWhatThereIs();
        } catch (ReaderTooSlowException e) {
            farewell(Cut.TRY_AGAIN, "cut: this reader was too slow", e.resumeAfter());
        } catch (StorageException e) {
            LOG.error("the events of session {} cannot be read: {}", session, e.text());
            if (rest != null) {
                throw e;
            }
            farewell(Cut.FAILED, "cut: the events cannot be read now", subscription.cursor());
        }
    }

    private void tellWhatThereIs() throws InterruptedException, ReaderTooSlowException {
        while (ending == null && !sink.busy()) {
            if (rest != null) {
                addPart(rest);
            } else if (!admission.lasts()) {
                farewell(Cut.KEY_ENDED, "cut: this key was revoked or has expired", subscription.cursor());
            } else {
                Optional<Delivery> next = subscription.next(Duration.ZERO);
                if (next.isPresent()) {
                    add(next.get());
                } else if (sink.added() > 0 || !begun) {
                    send();
                } else if (told || (place.closing() && silent())) {
                    if (!toldUnrecorded()) {
                        farewell(Cut.SERVER_STOPS, "the server is shutting down", subscription.cursor());
                    }
                } else if (!silent()) {
                    return;
                } else if (!toldUnrecorded()) {
                    add(signOfLife());
                }
            }
            if (ending == null && sink.added() >= SENT_AT_ONCE) {
                send();
            }
        }
    }

    private void send() {
        begun = true;
        sink.send();
    }

    private void end() {
        ending = End.COMPLETE;
        sink.end();
    }

    private void add(Delivery delivery) {
        switch (delivery) {
            case Delivery.Passing(var delta) -> {
                if (tells(Optional.of(delta.turn()))) {
                    add(parts.wire().of(session, delta));
                }
            }
            case Delivery.Durable(Event event) -> {
                boolean isLast = last.test(event);
                if (tells(event.turn())) {
                    follow(event);
                    parts.lines().of(event).ifPresent(line -> add(line, isLast));
                }
                if (isLast && rest == null) {
                    end();
                }
            }
        }
    }

    private boolean tells(Optional<TurnId> of) {
        return only == null || of.isEmpty() || of.get().equals(only);
    }

    private void add(WireEvent event) {
        Line line = new Line(event);
        sink.add(line.type(), line.seq(), line.json(), 0, line.json().length);
        spoke();
    }

    private void add(Line line, boolean isLast) {
        if (line.json().length > PART_BYTES) {
            rest = new Rest(line.seq().orElseThrow(), 0, isLast, new WeakReference<>(line));
        } else {
            sink.add(line.type(), line.seq(), line.json(), 0, line.json().length);
        }
        spoke();
    }

    private void addPart(Rest of) {
        Line line = Optional.ofNullable(of.line().get()).orElseGet(() -> again(of.seq()));
        int to = Math.min(of.from() + PART_BYTES, line.json().length);
        while (to < line.json().length && (line.json()[to] & 0xc0) == 0x80) {
            // Not in the middle of a character.
            to--;
        }
        sink.add(line.type(), line.seq(), line.json(), of.from(), to);
        spoke();
        if (to < line.json().length) {
            rest = new Rest(of.seq(), to, of.isLast(), new WeakReference<>(line));
            return;
        }
        rest = null;
        if (of.isLast()) {
            end();
        }
    }

    /** A durable event gives the same bytes whenever it is rendered. */
    private Line again(long seq) {
        List<Event> event = parts.log().read(scope, StreamId.of(session), seq - 1, 1);
        return parts.lines().of(event.getFirst()).orElseThrow();
    }

    private void follow(Event event) {
        if (event.body() instanceof TurnEvent.Started) {
            event.turn().ifPresent(id -> during(id, event.timeMicros()));
        } else if (event.body() instanceof TurnEvent.Finished) {
            turn = null;
        }
    }

    private WireEvent signOfLife() {
        return turn == null
                ? parts.wire().idle(session)
                : parts.wire()
                        .running(
                                session,
                                turn.id(),
                                Duration.between(turn.started(), parts.clock().instant()));
    }

    /** While the end of a turn cannot be stored, the reader is told all the same. */
    private boolean toldUnrecorded() {
        Optional<TurnEvent.Finished> finished = parts.sessions().unrecorded(session);
        if (turn == null || finished.isEmpty()) {
            return false;
        }
        add(parts.wire().unrecorded(session, turn.id(), finished.get()));
        end();
        return true;
    }

    private void farewell(Cut cut, String why, long resumeAfter) {
        add(parts.wire().cut(session, why, resumeAfter));
        ending = End.CUT;
        sink.cut(cut, resumeAfter);
    }
}
