package dev.belay.server.cloudagent;

import dev.belay.agent.session.Sessions;
import dev.belay.api.SessionId;
import dev.belay.api.StorageException;
import dev.belay.api.TurnId;
import dev.belay.api.event.Event;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Subscription;
import dev.belay.eventlog.Subscription.Delivery;
import dev.belay.eventlog.Subscription.ReaderTooSlowException;
import dev.belay.server.http.Admission;
import dev.belay.server.http.Call;
import dev.belay.server.http.EventSink;
import dev.belay.server.http.EventSink.Cut;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.OpenStreams;
import dev.belay.server.http.StreamResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries one session's stream to one reader. Whatever the reader does, the turn does not notice. For one thread. */
final class SessionStream {
    private static final Logger LOG = LoggerFactory.getLogger(SessionStream.class);

    /** How a stream came to its end. */
    enum End {
        /** What was to be told is told. */
        COMPLETE,
        /** The client closed the connection. */
        CLIENT_LEFT,
        /** The server ended it: the reader was too slow, or the server stops. */
        CUT
    }

    private final SessionId session;
    private final Subscription subscription;
    private final EventSink sink;
    private final WireEvents wire;
    private final Sessions sessions;
    private final OpenStreams.Place place;
    private final InstantSource clock;
    private final Duration heartbeat;
    private @Nullable Turn turn;
    private @Nullable TurnId only;
    private @Nullable Admission admission;

    private record Turn(TurnId id, Instant started) {}

    /** What a stream is made of. */
    record Parts(
            WireEvents wire,
            Sessions sessions,
            EventLog log,
            OpenStreams streams,
            InstantSource clock,
            Duration heartbeat) {}

    /** Answers with what comes of one turn, until its result. */
    static End ofTurn(
            Parts parts, Call call, Sessions.Started started, Subscription subscription, OpenStreams.Place place)
            throws InterruptedException {
        place.onClosing(true, subscription::close);
        try {
            return new SessionStream(parts, started.session(), subscription, StreamResponse.begin(call), place)
                    .only(started.turn())
                    .whileAdmitted(call.admission())
                    .carry(event -> event.body() instanceof TurnEvent.Finished
                            && event.turn().filter(started.turn()::equals).isPresent());
        } catch (ReaderGoneException e) {
            return e.cut() ? End.CUT : End.CLIENT_LEFT;
        }
    }

    SessionStream(Parts parts, SessionId session, Subscription subscription, EventSink sink, OpenStreams.Place place) {
        this.session = session;
        this.subscription = subscription;
        this.sink = sink;
        this.place = place;
        this.wire = parts.wire();
        this.sessions = parts.sessions();
        this.clock = parts.clock();
        this.heartbeat = parts.heartbeat();
    }

    /** Says which turn runs, for a reader that joins after it began. */
    SessionStream during(TurnId id, long startedMicros) {
        turn = new Turn(id, Instant.EPOCH.plus(startedMicros, ChronoUnit.MICROS));
        return this;
    }

    /** Tells nothing of other turns. */
    SessionStream only(TurnId wanted) {
        only = wanted;
        return this;
    }

    /** Tells nothing more soon after the reader's key has ended. */
    SessionStream whileAdmitted(Admission reader) {
        admission = reader;
        return this;
    }

    private boolean tells(Optional<TurnId> of) {
        return only == null || of.isEmpty() || of.get().equals(only);
    }

    /** Carries events until one after which nothing more is to be told. */
    End carry(Predicate<Event> last) throws InterruptedException {
        try {
            return carryOn(last);
        } catch (ReaderGoneException e) {
            return e.cut() ? End.CUT : End.CLIENT_LEFT;
        } catch (ReaderTooSlowException e) {
            return farewell(Cut.TRY_AGAIN, "cut: this reader was too slow", e.resumeAfter());
        } catch (StorageException e) {
            LOG.error("the events of session {} cannot be read: {}", session, e.text());
            return farewell(Cut.FAILED, "cut: the events cannot be read now", subscription.cursor());
        }
    }

    private End carryOn(Predicate<Event> last)
            throws InterruptedException, ReaderGoneException, ReaderTooSlowException {
        Instant silentSince = clock.instant();
        while (true) {
            if (admission != null && !admission.lasts()) {
                return farewell(Cut.KEY_ENDED, "cut: this key was revoked or has expired", subscription.cursor());
            }
            Optional<Delivery> next = subscription.next(Duration.ZERO);
            if (next.isEmpty()) {
                sink.flush();
                next = subscription.next(heartbeat.minus(Duration.between(silentSince, clock.instant())));
            }
            if (next.isPresent()) {
                if (write(next.get())) {
                    silentSince = clock.instant();
                }
                if (next.get() instanceof Delivery.Durable(Event event) && last.test(event)) {
                    sink.end();
                    return End.COMPLETE;
                }
            } else if (place.closing()) {
                if (toldUnrecorded()) {
                    return End.COMPLETE;
                }
                return farewell(Cut.SERVER_STOPS, "the server is shutting down", subscription.cursor());
            } else if (!Duration.between(silentSince, clock.instant())
                    .minus(heartbeat)
                    .isNegative()) {
                if (toldUnrecorded()) {
                    return End.COMPLETE;
                }
                write(signOfLife());
                silentSince = clock.instant();
            }
        }
    }

    /** Writes a delivery's line; false if it has none. */
    private boolean write(Delivery delivery) throws ReaderGoneException {
        Optional<WireEvent> line = switch (delivery) {
            case Delivery.Passing(var delta) ->
                tells(Optional.of(delta.turn())) ? Optional.of(wire.of(session, delta)) : Optional.empty();
            case Delivery.Durable(var event) -> {
                if (!tells(event.turn())) {
                    yield Optional.empty();
                }
                follow(event);
                yield wire.of(event);
            }
        };
        if (line.isEmpty()) {
            return false;
        }
        write(line.get());
        return true;
    }

    private void write(WireEvent line) throws ReaderGoneException {
        sink.write(line.type(), line.seq(), line.json());
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
                ? wire.idle(session)
                : wire.running(session, turn.id(), Duration.between(turn.started(), clock.instant()));
    }

    /** While the end of a turn cannot be stored, the reader is told all the same. */
    private boolean toldUnrecorded() throws ReaderGoneException {
        Optional<TurnEvent.Finished> finished = sessions.unrecorded(session);
        if (turn == null || finished.isEmpty()) {
            return false;
        }
        write(wire.unrecorded(session, turn.id(), finished.get()));
        sink.end();
        return true;
    }

    private End farewell(Cut cut, String why, long resumeAfter) {
        try {
            write(wire.cut(session, why, resumeAfter));
            sink.cut(cut, resumeAfter);
        } catch (ReaderGoneException e) {
            // There is nobody to say farewell to.
        }
        return End.CUT;
    }
}
