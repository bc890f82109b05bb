package dev.belay.agent.session;

import dev.belay.agent.context.AgentDefinition;
import dev.belay.agent.model.Keyring;
import dev.belay.agent.model.Models;
import dev.belay.agent.output.OutputSchema;
import dev.belay.agent.tool.Toolbox;
import dev.belay.api.BelayException;
import dev.belay.api.CapacityException;
import dev.belay.api.EpochMicros;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.sandbox.registry.Sandboxes;
import dev.belay.store.Database;
import dev.belay.store.IdempotencyStore;
import dev.belay.store.StoredJson;
import dev.belay.store.Tx;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All sessions of this process: starts runs, stops them, says how they stand, and ends what a dead predecessor left open. Usable without a
 * server. Safe for many threads.
 */
public final class Sessions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    private final Parts parts;
    private final SessionLimits limits;
    private final Consumer<TurnEvent.Finished> onFinished;
    /** Also those that have played and only take their sandbox down. */
    private final Map<SessionId, RunningTurn> running = new ConcurrentHashMap<>();

    private final Watcher watcher = new Watcher();
    private int playing;
    private boolean closed;

    /**
     * What sessions are made of.
     *
     * @param tools all that exist; the agent's definition and the request choose among them
     */
    public record Parts(
            Database database,
            EventLog log,
            Sandboxes sandboxes,
            ProjectDirectories projects,
            Models models,
            Keyring keyring,
            Toolbox tools,
            AgentDefinition agent,
            IdSource ids,
            InstantSource clock,
            RandomGenerator random) {
        long nowMicros() {
            return EpochMicros.now(clock);
        }
    }

    public Sessions(Parts parts, SessionLimits limits) {
        this(parts, limits, _ -> {});
    }

    /** @param onFinished is told of every turn that ended, after its last event is stored; must be short and must not throw */
    public Sessions(Parts parts, SessionLimits limits, Consumer<TurnEvent.Finished> onFinished) {
        this.onFinished = onFinished;
        this.parts = parts;
        this.limits = limits;
    }

    /** An id for a session that is to start. */
    public SessionId newId() {
        return new SessionId(parts.ids().next());
    }

    /** @param attached true if an earlier request with the same idempotency key had started it */
    public record Started(SessionId session, TurnId turn, boolean attached) {}

    /**
     * Starts a run in a session of its own. When this returns, the session and its prompt are durable and the turn is on its way; its events
     * are read from the session's stream.
     *
     * @param session its id, new: from {@link #newId}
     * @param key of a request that may come again; then it gets what the first one started, which is another session
     * @throws InvalidRequestException if an option is not allowed
     * @throws CapacityException if as many turns run as may
     */
    public Started start(
            Scope scope, SessionId session, RunRequest request, Optional<IdempotencyStore.RequestKey> key) {
        // A retry gets its run whatever the state of the server, its models and its directories is now.
        Optional<Started> known = key.flatMap(k -> parts.database().write(tx -> earlier(tx, k, parts.nowMicros())));
        if (known.isPresent()) {
            return known.get();
        }
        int bytes = request.prompt().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.promptBytes()) {
            throw new InvalidRequestException(
                    "prompt", "the prompt has " + bytes + " bytes; at most " + limits.promptBytes() + " are allowed");
        }
        if (request.prompt().isBlank()) {
            throw new InvalidRequestException("prompt", "the prompt is empty");
        }
        RunOptions options = request.options();
        parts.sandboxes().requireAllowed(options.sandboxSize().over(limits.sandbox()));
        Optional<OutputSchema> output = options.outputSchema().map(OutputSchema::new);
        Toolbox toolbox = parts.tools()
                .restrictedTo(Optional.of(parts.agent().tools()), List.of(), true)
                .restrictedTo(options.allowedTools(), options.disallowedTools(), options.sandboxTools());
        WorkingDirectory directory = WorkingDirectory.of(scope, request, parts.projects());
        TurnId turn = new TurnId(parts.ids().next());
        RunModels models = RunModels.choose(parts.models(), parts.keyring(), scope, request);
        String modelName = models.name();
        RunningTurn started = new RunningTurn(
                new RunningTurn.Work(scope, session, turn, request, models, toolbox, output, directory),
                parts,
                limits,
                watcher);
        reserve(session, started);
        Started result;
        EventLog.Append append;
        try {
            append = parts.log()
                    .prepare(
                            scope,
                            StreamId.of(session),
                            List.of(
                                    EventDraft.of(new SessionEvent.Created(
                                            Optional.empty(),
                                            "native",
                                            parts.agent().name(),
                                            new JsonText(StoredJson.encode(options)))),
                                    EventDraft.of(turn, new TurnEvent.Started(modelName)),
                                    EventDraft.of(turn, new MessageEvent.Prompt(request.prompt()))));
            result = parts.database().write(tx -> {
                long now = parts.nowMicros();
                Optional<Started> earlier = key.flatMap(k -> earlier(tx, k, now));
                if (earlier.isPresent()) {
                    return earlier.get();
                }
                SessionStore.insert(tx, scope, session, parts.agent().name(), modelName, turn, now);
                append.in(tx);
                key.ifPresent(k -> IdempotencyStore.remember(tx, k, session + " " + turn, now));
                return new Started(session, turn, false);
            });
        } catch (RuntimeException | Error e) {
            withdraw(session, started);
            throw e;
        }
        if (result.attached()) {
            withdraw(session, started);
        } else {
            started.begin(((MessageEvent.Prompt) append.bodies().getLast()).text());
        }
        return result;
    }

    /** As above, for a request that comes once. */
    public Started start(Scope scope, SessionId session, RunRequest request) {
        return start(scope, session, request, Optional.empty());
    }

    private synchronized void reserve(SessionId session, RunningTurn turn) {
        if (closed) {
            turn.abandon();
            throw new CapacityException("the server is shutting down");
        }
        if (playing >= limits.concurrentTurns()) {
            turn.abandon();
            throw new CapacityException("as many turns run as are allowed (" + limits.concurrentTurns()
                    + "); try again when one has ended");
        }
        playing++;
        running.put(session, turn);
    }

    private void withdraw(SessionId session, RunningTurn turn) {
        watcher.played();
        running.remove(session, turn);
        turn.abandon();
    }

    /** What the key has started before. */
    private static Optional<Started> earlier(Tx tx, IdempotencyStore.RequestKey key, long nowMicros) {
        return IdempotencyStore.find(tx, key, nowMicros).map(outcome -> {
            String[] ids = outcome.split(" ", 2);
            return new Started(new SessionId(ids[0]), new TurnId(ids[1]), true);
        });
    }

    private final class Watcher implements RunningTurn.Watcher {
        @Override
        public void played() {
            synchronized (Sessions.this) {
                playing--;
            }
        }

        @Override
        public void finished(TurnEvent.Finished end) {
            onFinished.accept(end);
        }

        /** A turn whose end could not be stored stays, for the readers that have not been told yet. */
        @Override
        public void gone(RunningTurn turn) {
            if (turn.unrecorded().isEmpty()) {
                running.remove(turn.session(), turn);
            }
        }
    }

    /** Asks the running turn to end with that status; nothing happens if none runs. */
    public void stop(Scope scope, SessionId session, TurnStatus as) {
        row(scope, session);
        RunningTurn turn = running.get(session);
        if (turn != null) {
            turn.control().stop(as);
        }
    }

    /** How many turns run now. */
    public synchronized int running() {
        return playing;
    }

    /**
     * How the turn ended whose last event cannot be stored now (a full disk); it will be, as soon as that is possible. Readers of the stream
     * are told this instead.
     */
    public Optional<TurnEvent.Finished> unrecorded(SessionId session) {
        return Optional.ofNullable(running.get(session)).flatMap(RunningTurn::unrecorded);
    }

    /** @throws NotFoundException if the scope's workspace has no such session */
    public SessionStatus status(Scope scope, SessionId session) {
        SessionStore.Row row = row(scope, session);
        SessionHistory history = SessionHistory.read(parts.log(), scope, session);
        Optional<RunningTurn> live = Optional.ofNullable(running.get(session));
        return new SessionStatus(
                session,
                row.name(),
                row.state(),
                row.engine(),
                row.model(),
                row.created(),
                row.lastActive(),
                history.open()
                        .map(turn -> new SessionStatus.CurrentTurn(
                                turn.turn(),
                                turn.startedMicros(),
                                history.unanswered().stream().findFirst().map(ToolEvent.Call::tool))),
                history.turns().size(),
                history.modelCalls(),
                history.usage(),
                history.cost(),
                history.turns(),
                live.flatMap(RunningTurn::sandbox),
                history.lastSeq());
    }

    private SessionStore.Row row(Scope scope, SessionId session) {
        return parts.database()
                .read(view -> SessionStore.find(view, scope, session))
                .orElseThrow(() -> new NotFoundException("there is no session " + session));
    }

    /**
     * Ends, as interrupted, the turns that a process left open when it died. A call without a recorded result gets one that says that what
     * came of it is unknown. Call once, before the first {@link #start}.
     */
    public void recover() {
        new Recovery(parts).run();
    }

    /** Ends all turns as interrupted and waits for them, but not for a store that does not take their ends. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        List<RunningTurn> left = List.copyOf(running.values());
        left.forEach(RunningTurn::close);
        for (RunningTurn turn : left) {
            try {
                turn.awaitEnd();
            } catch (BelayException e) {
                LOG.warn("a turn could not be ended cleanly: {}", e.text());
            }
        }
    }
}
