package dev.belay.server.cloudagent;

import dev.belay.agent.model.catalogue.ProviderKey;
import dev.belay.agent.session.RunRequest;
import dev.belay.agent.session.SessionStatus;
import dev.belay.agent.session.Sessions;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SessionId;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Subscription;
import dev.belay.server.cloudagent.SessionStream.End;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Face;
import dev.belay.server.http.OpenStreams;
import dev.belay.server.http.Route;
import dev.belay.server.http.StreamResponse;
import dev.belay.server.http.StreamResponse.ReaderGoneException;
import dev.belay.store.IdempotencyStore.RequestKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The Cloud Agent API (contract: Cloud Agent 1): a run and its stream, a session's status, a session's events. */
public final class CloudAgentFace implements Face, AutoCloseable {
    private static final String RUN = "/agent/run";
    private static final String PROVIDER_KEY = "X-Belay-Provider-Key";
    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private final Sessions sessions;
    private final EventLog log;
    private final OpenStreams streams;
    private final Duration reattach;
    private final SessionStream.Parts parts;
    private final RunReaders readers = new RunReaders(Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("run-readers").factory()));

    /**
     * @param heartbeat how long a stream may be silent
     * @param reattach how long a run with an idempotency key outlives its last reader
     */
    public CloudAgentFace(
            Sessions sessions,
            EventLog log,
            OpenStreams streams,
            InstantSource clock,
            Duration heartbeat,
            Duration reattach) {
        this.sessions = sessions;
        this.log = log;
        this.streams = streams;
        this.reattach = reattach;
        this.parts = new SessionStream.Parts(new WireEvents(clock), sessions, clock, heartbeat);
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.post(RUN, Access.RUN, this::run),
                Route.get("/agent/session/{session_id}/status", Access.READ, this::status),
                Route.get("/agent/session/{session_id}/events", Access.READ, this::events));
    }

    private void run(Call call) throws InterruptedException {
        byte[] bytes = call.body();
        RunBody body = RunBody.read(bytes);
        RunRequest request = body.request().with(ProviderKey.ofRequest(PROVIDER_KEY, call.headers(PROVIDER_KEY)));
        Optional<RequestKey> key = call.header("Idempotency-Key").map(text -> requestKey(call, text, bytes));
        SessionId fresh = sessions.newId();
        try (OpenStreams.Place place = streams.enter();
                Subscription ahead = log.subscribeToNew(call.scope(), StreamId.of(fresh))) {
            Sessions.Started started = sessions.start(call.scope(), fresh, request, key);
            SessionId session = started.session();
            readers.joined(session);
            End end = End.CUT;
            try (Subscription subscription =
                    started.attached() ? log.subscribe(call.scope(), StreamId.of(session), 0) : ahead) {
                place.onClosing(true, subscription::close);
                end = stream(call, session, subscription, place, finishes(started));
            } finally {
                if (end == End.CLIENT_LEFT && !body.detach()) {
                    readers.abandoned(
                            session,
                            key.isPresent() ? reattach : Duration.ZERO,
                            () -> sessions.stop(call.scope(), session, TurnStatus.CANCELLED));
                } else {
                    readers.left(session);
                }
            }
        }
    }

    private static Predicate<Event> finishes(Sessions.Started started) {
        return event -> event.body() instanceof TurnEvent.Finished
                && event.turn().filter(started.turn()::equals).isPresent();
    }

    private End stream(
            Call call, SessionId session, Subscription subscription, OpenStreams.Place place, Predicate<Event> last)
            throws InterruptedException {
        try {
            return new SessionStream(parts, session, subscription, StreamResponse.begin(call), place).carry(last);
        } catch (ReaderGoneException e) {
            return e.cut() ? End.CUT : End.CLIENT_LEFT;
        }
    }

    private static RequestKey requestKey(Call call, String key, byte[] body) {
        if (!IDEMPOTENCY_KEY.matcher(key).matches()) {
            throw new InvalidRequestException(
                    "Idempotency-Key",
                    "the Idempotency-Key must be 1 to 255 printable ASCII characters without spaces");
        }
        return RequestKey.of(call.scope().workspace(), key, "POST", RUN, body);
    }

    private void status(Call call) {
        String history = call.query("history").orElse("summary");
        if (!List.of("none", "summary").contains(history)) {
            throw new InvalidRequestException("history", "history must be none or summary");
        }
        call.answer(200, StatusView.of(sessions.status(call.scope(), session(call)), history.equals("summary")));
    }

    /** History, then what comes live, until no turn is open; {@code follow} makes it end sooner or never. */
    private void events(Call call) throws InterruptedException {
        SessionId session = session(call);
        boolean serverSent = StreamResponse.wantsServerSent(call);
        SessionStatus status = sessions.status(call.scope(), session);
        long after = Math.min(afterSeq(call, serverSent), status.lastSeq());
        Optional<Boolean> follow = call.query("follow").map(CloudAgentFace::truth);
        boolean forever = follow.orElse(false);
        boolean untilIdle = follow.isEmpty() && status.current().isPresent();
        boolean nothingLeft = !forever && !untilIdle && after == status.lastSeq();
        if (nothingLeft && serverSent && call.header("Last-Event-ID").isPresent()) {
            // The one answer that keeps an EventSource from coming back for ever.
            call.answer(204);
            return;
        }
        try (OpenStreams.Place place = streams.enter()) {
            StreamResponse response = StreamResponse.begin(call);
            if (nothingLeft) {
                return;
            }
            try (Subscription subscription = log.subscribe(call.scope(), StreamId.of(session), after)) {
                place.onClosing(!forever, subscription::close);
                SessionStream stream = new SessionStream(parts, session, subscription, response, place);
                status.current().ifPresent(turn -> stream.during(turn.turn(), turn.startedMicros()));
                stream.carry(event ->
                        !forever && (untilIdle ? endsLastTurn(call, session, event) : event.seq() >= status.lastSeq()));
            }
        } catch (ReaderGoneException e) {
            // A reader that leaves a session's events stops nothing.
        }
    }

    private boolean endsLastTurn(Call call, SessionId session, Event event) {
        return event.body() instanceof TurnEvent.Finished
                && sessions.status(call.scope(), session).current().isEmpty();
    }

    private static long afterSeq(Call call, boolean serverSent) {
        Optional<Long> last = call.header("Last-Event-ID")
                .filter(id -> !id.isEmpty())
                .map(text -> seq("Last-Event-ID", text))
                .filter(_ -> serverSent);
        return call.query("after_seq")
                .map(text -> seq("after_seq", text))
                .or(() -> last)
                .orElse(0L);
    }

    private static long seq(String name, String text) {
        try {
            long seq = Long.parseLong(text);
            if (seq >= 0) {
                return seq;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new InvalidRequestException(name, name + " must be a whole number, 0 or more");
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidRequestException("follow", "follow must be true or false");
        };
    }

    private static SessionId session(Call call) {
        String id = call.pathParameter("session_id");
        if (!IdSource.isId(id)) {
            throw new NotFoundException("there is no session " + id);
        }
        return new SessionId(id);
    }

    @Override
    public void close() {
        readers.close();
    }
}
