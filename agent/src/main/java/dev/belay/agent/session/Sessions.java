package dev.belay.agent.session;

import dev.belay.agent.budget.UsageQuery;
import dev.belay.agent.budget.UsageRow;
import dev.belay.agent.budget.UsageStore;
import dev.belay.agent.budget.WorkspaceBudgets;
import dev.belay.agent.context.AgentDefinition;
import dev.belay.agent.mcp.DeclaredServers;
import dev.belay.agent.mcp.McpRequest;
import dev.belay.agent.model.Keyring;
import dev.belay.agent.model.Models;
import dev.belay.agent.permission.Approvals;
import dev.belay.agent.tool.Toolbox;
import dev.belay.api.CapacityException;
import dev.belay.api.ConflictException;
import dev.belay.api.EpochMicros;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
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
import dev.belay.eventlog.StreamCare;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.sandbox.registry.Sandboxes;
import dev.belay.store.Database;
import dev.belay.store.IdempotencyStore;
import dev.belay.store.StoredJson;
import dev.belay.store.Tx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * All sessions of this process: makes them, starts their turns, says how they stand, and goes on with, or ends, what a dead predecessor left
 * open. Usable without a server. Safe for many threads.
 */
public final class Sessions implements AutoCloseable {
    static final String ENGINE = "native";

    private final Parts parts;
    private final SessionLimits limits;
    private final LiveSessions live;
    private final Turns turns;
    private final SessionEnding ending;
    private final KnownSessions rows;
    private final SessionFiles files;
    private final StreamCare streams;
    private final Erasing erasing;
    private final Conversations conversations;
    private Optional<Retention> retention = Optional.empty();

    /**
     * What sessions are made of.
     *
     * @param directory beneath which a session keeps what is neither an event nor a file of its agent
     * @param tools all that exist; the agent's definition and the request choose among them
     */
    public record Parts(
            Database database,
            EventLog log,
            Sandboxes sandboxes,
            SandboxLifecycle lifecycle,
            ProjectDirectories projects,
            Path directory,
            Models models,
            Keyring keyring,
            Toolbox tools,
            Approvals approvals,
            WorkspaceBudgets budgets,
            DeclaredServers mcp,
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
        this.parts = parts;
        this.limits = limits;
        this.live = new LiveSessions(parts.clock(), limits, this::expire);
        this.turns = new Turns(parts, limits, live, onFinished);
        this.ending = new SessionEnding(parts, turns, live);
        this.rows = new KnownSessions(parts.database());
        this.files = new SessionFiles(parts, turns, live);
        this.streams = new StreamCare(parts.database(), parts.log());
        this.erasing = new Erasing(parts, turns, ending, streams);
        this.conversations =
                new Conversations(parts, this, new Copies(parts, limits, files, streams, erasing), erasing);
    }

    /** An id for a session that is to start. */
    public SessionId newId() {
        return new SessionId(parts.ids().next());
    }

    /** How a prompt was taken. */
    public enum Taken {
        /** A turn runs on it. */
        STARTED,
        /** It waits for the turns before it. */
        QUEUED,
        /** The turn that runs tells the model. */
        STEERED,
        /** An earlier request with the same idempotency key had brought it. */
        ATTACHED
    }

    /** @param turn the one whose end is the answer */
    public record Started(SessionId session, TurnId turn, Taken taken) {
        /** Whether an earlier request with the same idempotency key had started it. */
        public boolean attached() {
            return taken == Taken.ATTACHED;
        }
    }

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
        Optional<Started> known = known(key);
        if (known.isPresent()) {
            return known.get();
        }
        checkPrompt(request.prompt());
        RunOptions options = request.options();
        Turns.Checked checked =
                turns.check(new Turns.Wanted(scope, session, options, Optional.empty(), request.keys()));
        boolean resume = options.resume()
                && request.keys().isEmpty()
                && request.directory().isEmpty();
        TurnId turn = new TurnId(parts.ids().next());
        parts.mcp().declare(session, request.mcp());
        RunningTurn reserved;
        try {
            reserved = turns.reserve(checked, turn, () -> place(scope, session, request), false);
        } catch (RuntimeException | Error e) {
            parts.mcp().forget(session);
            throw e;
        }
        EventLog.Append append;
        Started result;
        try {
            append = parts.log()
                    .prepare(scope, StreamId.of(session), List.of(created(Optional.empty(), options)))
                    .followedBy(parts.log()
                            .prepare(
                                    scope,
                                    StreamId.of(session),
                                    Turns.beginning(turn, checked.model(), TurnOptions.NONE, request.prompt())));
            result = parts.database().write(tx -> {
                long now = parts.nowMicros();
                Optional<Started> earlier = key.flatMap(k -> earlier(tx, k, now));
                if (earlier.isPresent()) {
                    return earlier.get();
                }
                SessionStore.insert(
                        tx,
                        scope,
                        row(
                                scope,
                                session,
                                Optional.empty(),
                                options,
                                true,
                                resume,
                                "running",
                                checked.model(),
                                Optional.of(turn)),
                        parts.agent().name());
                append.in(tx);
                key.ifPresent(k -> IdempotencyStore.remember(tx, k, session + " " + turn, now));
                return new Started(session, turn, Taken.STARTED);
            });
        } catch (RuntimeException | Error e) {
            turns.withdraw(reserved);
            parts.mcp().forget(session);
            throw e;
        }
        if (result.attached()) {
            turns.withdraw(reserved);
            parts.mcp().forget(session);
        } else {
            turns.running(reserved);
            reserved.begin(((MessageEvent.Prompt) append.bodies().getLast()).text());
        }
        return result;
    }

    /** As above, for a request that comes once. */
    public Started start(Scope scope, SessionId session, RunRequest request) {
        return start(scope, session, request, Optional.empty());
    }

    private LiveSession place(Scope scope, SessionId session, RunRequest request) {
        return new LiveSession(
                session,
                scope,
                parts,
                new LiveSession.Place(
                        WorkingDirectory.of(scope, request, parts.projects()),
                        request.directory().isPresent(),
                        request.options().sandboxSize().over(limits.sandbox()),
                        Optional.of(limits.idle()),
                        true));
    }

    private EventDraft created(Optional<String> name, RunOptions options) {
        return EventDraft.of(
                new SessionEvent.Created(name, ENGINE, parts.agent().name(), new JsonText(StoredJson.encode(options))));
    }

    private SessionStore.Row row(
            Scope scope,
            SessionId session,
            Optional<String> name,
            RunOptions options,
            boolean ephemeral,
            boolean resume,
            String state,
            String model,
            Optional<TurnId> turn) {
        long now = parts.nowMicros();
        return new SessionStore.Row(
                session,
                scope.organisation(),
                scope.workspace(),
                name,
                ENGINE,
                model,
                options,
                ephemeral,
                resume,
                state,
                now,
                now,
                OptionalLong.of(now + limits.lifetime().toNanos() / 1000),
                turn);
    }

    /** @param attached whether an earlier request with the same idempotency key had made it */
    public record Made(SessionId session, boolean attached) {}

    /**
     * Makes a session without a turn.
     *
     * @param name unique among the workspace's sessions
     * @throws ConflictException {@code name_taken} if another session has it
     * @throws InvalidRequestException if an option is not allowed
     */
    public Made create(
            Scope scope, Optional<String> name, RunOptions options, Optional<IdempotencyStore.RequestKey> key) {
        return create(scope, name, options, McpRequest.NONE, key);
    }

    /**
     * As above.
     *
     * @param mcp the servers whose names the options hold; never stored
     */
    public Made create(
            Scope scope,
            Optional<String> name,
            RunOptions options,
            McpRequest mcp,
            Optional<IdempotencyStore.RequestKey> key) {
        SessionId session = newId();
        parts.mcp().declare(session, mcp);
        boolean made = false;
        try {
            Made result = create(scope, session, name, options, key);
            made = !result.attached();
            return result;
        } finally {
            if (!made) {
                parts.mcp().forget(session);
            }
        }
    }

    private Made create(
            Scope scope,
            SessionId session,
            Optional<String> name,
            RunOptions options,
            Optional<IdempotencyStore.RequestKey> key) {
        name.ifPresent(SessionName::check);
        try (RunModels models = turns.check(new Turns.Wanted(scope, session, options, Optional.empty(), Map.of()))
                .models()) {
            WorkingDirectory.of(scope, options.workingDirectory(), parts.projects());
            EventLog.Append append = parts.log().prepare(scope, StreamId.of(session), List.of(created(name, options)));
            return parts.database().write(tx -> {
                long now = parts.nowMicros();
                Optional<String> earlier = key.flatMap(k -> IdempotencyStore.find(tx, k, now));
                if (earlier.isPresent()) {
                    return new Made(new SessionId(earlier.get()), true);
                }
                name.ifPresent(wanted -> SessionName.requireFree(tx, scope, wanted, session));
                SessionStore.insert(
                        tx,
                        scope,
                        row(
                                scope,
                                session,
                                name,
                                options,
                                false,
                                options.resume(),
                                "created",
                                models.name(),
                                Optional.empty()),
                        parts.agent().name());
                append.in(tx);
                key.ifPresent(k -> IdempotencyStore.remember(tx, k, session.value(), now));
                return new Made(session, false);
            });
        }
    }

    /**
     * Brings a prompt to a session. When this returns it is durable; its events are read from the session's stream.
     *
     * @throws ConflictException {@code session_busy} if a turn runs and the prompt neither steers nor waits, {@code queue_full} if too many wait
     * @throws dev.belay.api.GoneException if the session has expired
     */
    public Started message(
            Scope scope, SessionId session, TurnRequest request, Optional<IdempotencyStore.RequestKey> key) {
        Optional<Started> known = known(key);
        if (known.isPresent()) {
            return known.get();
        }
        checkPrompt(request.prompt());
        if (request.whenBusy() != TurnRequest.WhenBusy.REFUSE && !request.keys().isEmpty()) {
            throw new InvalidRequestException(
                    "X-Belay-Provider-Key",
                    "a provider's key in the request is not kept, so that its turn cannot wait; leave queue and steer"
                            + " out");
        }
        return new Delivery(parts, limits, turns).deliver(scope, rows.usable(scope, session), request, key);
    }

    private Optional<Started> known(Optional<IdempotencyStore.RequestKey> key) {
        return key.flatMap(k -> parts.database().write(tx -> earlier(tx, k, parts.nowMicros())));
    }

    /** What the key has started before. */
    static Optional<Started> earlier(Tx tx, IdempotencyStore.RequestKey key, long nowMicros) {
        return IdempotencyStore.find(tx, key, nowMicros).map(outcome -> {
            String[] ids = outcome.split(" ", 2);
            return new Started(new SessionId(ids[0]), new TurnId(ids[1]), Taken.ATTACHED);
        });
    }

    private void checkPrompt(String prompt) {
        int bytes = prompt.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.promptBytes()) {
            throw new InvalidRequestException(
                    "prompt", "the prompt has " + bytes + " bytes; at most " + limits.promptBytes() + " are allowed");
        }
        if (prompt.isBlank()) {
            throw new InvalidRequestException("prompt", "the prompt is empty");
        }
    }

    /**
     * Asks the running turn to end with that status.
     *
     * @return whether one runs
     */
    public boolean stop(Scope scope, SessionId session, TurnStatus as) {
        rows.find(scope, session);
        Optional<RunningTurn> turn = turns.of(session);
        turn.ifPresent(running -> running.control().stop(as));
        return turn.isPresent();
    }

    /**
     * Makes room in the session's conversation now.
     *
     * @throws ConflictException {@code session_busy} while a turn runs
     */
    public Compacted compact(Scope scope, SessionId session) {
        return new Compact(parts).now(scope, rows.usable(scope, session));
    }

    /** Gives the session another name, or none. @throws ConflictException {@code name_taken} if another session has it */
    public void rename(Scope scope, SessionId session, Optional<String> name) {
        rows.find(scope, session);
        name.ifPresent(SessionName::check);
        EventLog.Append append = parts.log()
                .prepare(scope, StreamId.of(session), List.of(EventDraft.of(new SessionEvent.Renamed(name))));
        parts.database().write(tx -> {
            name.ifPresent(wanted -> SessionName.requireFree(tx, scope, wanted, session));
            SessionStore.rename(tx, session, name);
            return append.in(tx);
        });
    }

    /** Ends the session: its turn is cancelled, its sandbox destroyed; its events stay. Nobody finds it when this returns. */
    public void delete(Scope scope, SessionId session) {
        ending.delete(scope, rows.find(scope, session));
    }

    private void expire() {
        for (SessionStore.Row row : parts.database().read(view -> SessionStore.expired(view, parts.nowMicros()))) {
            ending.expire(row);
        }
    }

    /** What the turns of the scope's workspace used that have ended. */
    public List<UsageRow> usage(Scope scope, UsageQuery query) {
        return parts.database().read(view -> UsageStore.report(view, scope, query));
    }

    /** The asks of running turns, and the way to answer them. */
    public Approvals approvals() {
        return parts.approvals();
    }

    /** What is done to conversations as a whole. */
    public Conversations conversations() {
        return conversations;
    }

    /** The files of sessions. */
    public SessionFiles files() {
        return files;
    }

    /** How many turns run now. */
    public int running() {
        return turns.count();
    }

    /**
     * How the turn ended whose last event cannot be stored now (a full disk); it will be, as soon as that is possible. Readers of the stream
     * are told this instead.
     */
    public Optional<TurnEvent.Finished> unrecorded(SessionId session) {
        return turns.of(session).flatMap(RunningTurn::unrecorded);
    }

    /**
     * The workspace's sessions, the one that was used last first.
     *
     * @param before those that come after this one in that order
     */
    public List<SessionSummary> list(Scope scope, SessionFilter filter, Optional<SessionId> before, int limit) {
        return parts
                .database()
                .read(view -> SessionStore.list(
                        view, scope, filter, before.flatMap(id -> SessionStore.find(view, scope, id)), limit))
                .stream()
                .map(this::summary)
                .toList();
    }

    private SessionSummary summary(SessionStore.Row row) {
        return new SessionSummary(
                row.id(),
                row.name(),
                state(row),
                row.engine(),
                row.model(),
                row.created(),
                row.lastActive(),
                row.expires());
    }

    /** What the row says, and what this process knows of it. */
    private String state(SessionStore.Row row) {
        return switch (row.state()) {
            case "running" ->
                turns.of(row.id())
                                .filter(turn -> turn.control().stopped().isPresent())
                                .isPresent()
                        ? "interrupting"
                        : "running";
            case "idle" -> live.find(row.id()).isPresent() ? "idle" : "hibernated";
            default -> row.state();
        };
    }

    /**
     * Where the session stands now: what a reader of its events has to know, and cheap however long they are.
     *
     * @throws dev.belay.api.NotFoundException if the scope's workspace has no such session
     */
    public SessionStanding standing(Scope scope, SessionId session) {
        return parts.database().read(view -> {
            SessionStore.Row row = KnownSessions.find(view, scope, session);
            return new SessionStanding(
                    summary(row),
                    row.openTurn().map(turn -> new SessionStanding.Running(turn, row.lastActive())),
                    TurnQueueStore.count(view, session),
                    parts.log().lastSeq(view, scope, StreamId.of(session)));
        });
    }

    /** As above, with what its events add up to. @throws dev.belay.api.NotFoundException if the scope's workspace has no such session */
    public SessionStatus status(Scope scope, SessionId session) {
        SessionStore.Row row = rows.find(scope, session);
        SessionHistory history = SessionHistory.read(parts.log(), scope, session);
        return new SessionStatus(
                summary(row),
                history.open()
                        .map(turn -> new SessionStatus.CurrentTurn(
                                turn.turn(),
                                turn.startedMicros(),
                                history.unanswered().stream().findFirst().map(ToolEvent.Call::tool))),
                history.turns().size(),
                history.modelCalls(),
                parts.database().read(view -> TurnQueueStore.count(view, session)),
                history.usage(),
                history.cost(),
                row.options().maxBudget(),
                row.options().maxTurns(),
                history.turns(),
                sandbox(scope, session),
                history.lastSeq());
    }

    private Optional<SessionStatus.SandboxView> sandbox(Scope scope, SessionId session) {
        return parts.lifecycle()
                .of(scope, session)
                .map(sandbox -> new SessionStatus.SandboxView(
                        parts.lifecycle().glance(scope, sandbox.id()),
                        live.find(session).map(LiveSession::openedMicros).orElse(OptionalLong.empty())));
    }

    /**
     * Goes on with the turns that a process left open when it died, or ends them as interrupted, and starts those that waited. Call once, before
     * the first {@link #start}.
     */
    public void recover() {
        erasing.recover();
        new Recovery(parts, turns, ending).run();
        live.start();
    }

    /** Begins to erase what is kept for too long, in the background; once is enough. */
    public synchronized void retain(RetentionRules rules) {
        Retention started = new Retention(parts, live, erasing, streams, rules);
        retention = Optional.of(started);
        started.start();
    }

    /** Ends all turns, or leaves them to the next process, and waits for them, but not for a store that does not take their ends. */
    @Override
    public synchronized void close() {
        retention.ifPresent(Retention::close);
        turns.close();
        live.close();
    }
}
