package dev.belay.agent.session;

import dev.belay.agent.budget.StartRates;
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
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.agent.session.request.SessionFilter;
import dev.belay.agent.session.request.TurnRequest;
import dev.belay.agent.session.view.Compacted;
import dev.belay.agent.session.view.SessionStanding;
import dev.belay.agent.session.view.SessionStatus;
import dev.belay.agent.session.view.SessionSummary;
import dev.belay.agent.tool.Toolbox;
import dev.belay.api.CapacityException;
import dev.belay.api.ConflictException;
import dev.belay.api.EpochMicros;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.StreamCare;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.sandbox.registry.Sandboxes;
import dev.belay.store.Database;
import dev.belay.store.IdempotencyStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
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
    private final SessionMaking making;
    private final SessionViews views;
    private final SessionFiles files;
    private final StreamCare streams;
    private final Erasing erasing;
    private final Conversations conversations;
    private final StartRates starts;
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
        this.starts = new StartRates(limits.starts(), parts.clock());
        this.live = new LiveSessions(parts.clock(), limits, this::expire);
        this.turns = new Turns(parts, limits, live, onFinished);
        this.ending = new SessionEnding(parts, turns, live);
        this.rows = new KnownSessions(parts.database());
        this.making = new SessionMaking(parts, limits, turns);
        this.views = new SessionViews(parts, live, turns);
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
     * @throws dev.belay.api.RateLimitException if the scope's principal began too much of late
     */
    public Started start(
            Scope scope, SessionId session, RunRequest request, Optional<IdempotencyStore.RequestKey> key) {
        countStart(scope);
        return making.start(scope, session, request, key);
    }

    /** As above, for a request that comes once. */
    public Started start(Scope scope, SessionId session, RunRequest request) {
        return start(scope, session, request, Optional.empty());
    }

    /** @param attached whether an earlier request with the same idempotency key had made it */
    public record Made(SessionId session, boolean attached) {}

    /**
     * Makes a session without a turn.
     *
     * @param name unique among the workspace's sessions
     * @throws ConflictException {@code name_taken} if another session has it
     * @throws InvalidRequestException if an option is not allowed
     * @throws dev.belay.api.RateLimitException if the scope's principal began too much of late
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
        countStart(scope);
        return making.create(scope, newId(), name, options, mcp, key);
    }

    /**
     * Brings a prompt to a session. When this returns it is durable; its events are read from the session's stream.
     *
     * @throws ConflictException {@code session_busy} if a turn runs and the prompt neither steers nor waits, {@code queue_full} if too many wait
     * @throws dev.belay.api.GoneException if the session has expired
     * @throws dev.belay.api.RateLimitException if the scope's principal began too much of late
     */
    public Started message(
            Scope scope, SessionId session, TurnRequest request, Optional<IdempotencyStore.RequestKey> key) {
        countStart(scope);
        Optional<Started> known = making.known(key);
        if (known.isPresent()) {
            return known.get();
        }
        making.checkPrompt(request.prompt());
        if (request.whenBusy() != TurnRequest.WhenBusy.REFUSE && !request.keys().isEmpty()) {
            throw new InvalidRequestException(
                    "X-Belay-Provider-Key",
                    "a provider's key in the request is not kept, so that its turn cannot wait; leave queue and steer"
                            + " out");
        }
        return new Delivery(parts, limits, turns).deliver(scope, rows.usable(scope, session), request, key);
    }

    /** Counts a request that makes a session or begins a turn, also one that comes again. */
    void countStart(Scope scope) {
        starts.take(scope);
    }

    /**
     * Asks the running turn to end with that status.
     *
     * @return whether one runs
     */
    public boolean stop(Scope scope, SessionId session, TurnStatus as) {
        // A turn of which readers know that it has ended is still there for a moment.
        Optional<TurnId> open = rows.find(scope, session).openTurn();
        Optional<RunningTurn> turn = turns.of(session)
                .filter(running -> open.filter(running.turn()::equals).isPresent());
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
        return views.list(scope, filter, before, limit);
    }

    /**
     * Where the session stands now: what a reader of its events has to know, and cheap however long they are.
     *
     * @throws dev.belay.api.NotFoundException if the scope's workspace has no such session
     */
    public SessionStanding standing(Scope scope, SessionId session) {
        return views.standing(scope, session);
    }

    /** As above, with what its events add up to. @throws dev.belay.api.NotFoundException if the scope's workspace has no such session */
    public SessionStatus status(Scope scope, SessionId session) {
        return views.status(scope, session);
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
