package dev.belay.agent.session;

import dev.belay.agent.mcp.McpServers;
import dev.belay.agent.output.OutputSchema;
import dev.belay.agent.permission.AskUser;
import dev.belay.agent.permission.PermissionPolicy;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.TurnOptions;
import dev.belay.agent.subagent.Subagents;
import dev.belay.agent.tool.Toolbox;
import dev.belay.api.BelayException;
import dev.belay.api.CapacityException;
import dev.belay.api.Cost;
import dev.belay.api.Money;
import dev.belay.api.Scope;
import dev.belay.api.Secret;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.Usage;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The turns that run in this process: as many as may, and after each the one that waits for it. Safe for many threads. */
final class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

    private final Sessions.Parts parts;
    private final SessionLimits limits;
    private final LiveSessions live;
    private final Consumer<TurnEvent.Finished> onFinished;
    private final Watcher watcher = new Watcher();
    private final Map<SessionId, RunningTurn> running = new ConcurrentHashMap<>();
    private int playing;
    /** Turns that wait for somebody's answer and are not counted among the others. */
    private int waiting;

    private boolean closed;

    Turns(Sessions.Parts parts, SessionLimits limits, LiveSessions live, Consumer<TurnEvent.Finished> onFinished) {
        this.parts = parts;
        this.limits = limits;
        this.live = live;
        this.onFinished = onFinished;
    }

    /** What a turn is to be. */
    record Wanted(
            Scope scope, SessionId session, RunOptions options, Optional<Money> maxBudget, Map<String, Secret> keys) {}

    /** The models that were found for a turn, and its tools; nothing is reserved yet. */
    record Checked(
            Wanted wanted,
            RunModels models,
            Toolbox toolbox,
            Subagents agents,
            PermissionPolicy policy,
            Optional<OutputSchema> output) {
        String model() {
            return models.name();
        }
    }

    /**
     * Looks whether such a turn can be.
     *
     * @throws dev.belay.api.InvalidRequestException if an option is not allowed
     */
    Checked check(Wanted wanted) {
        RunOptions options = wanted.options();
        parts.sandboxes().requireAllowed(options.sandboxSize().over(limits.sandbox()));
        Optional<OutputSchema> output = options.outputSchema().map(OutputSchema::new);
        Subagents agents = new Subagents(options.agents());
        agents.requireKnown(
                parts.tools().with(List.of(new AskUser())), tool -> McpServers.named(tool, options.mcpServers()));
        PermissionPolicy policy =
                options.permissions().policy(parts.tools(), options.allowedTools(), options.disallowedTools());
        return new Checked(
                wanted,
                RunModels.choose(parts.models(), parts.keyring(), wanted.scope(), options, wanted.keys()),
                ChosenTools.of(parts, options, agents),
                agents,
                policy,
                output);
    }

    /**
     * Reserves the turn's place; it is to {@link RunningTurn#begin} or to be {@link #withdraw}n.
     *
     * @param whatever whether it gets one also beyond the limit
     * @throws CapacityException if as many turns run as may
     */
    RunningTurn reserve(Checked checked, TurnId turn, Supplier<LiveSession> session, boolean whatever) {
        Wanted wanted = checked.wanted();
        try {
            synchronized (this) {
                if (closed) {
                    throw new CapacityException("the server is shutting down");
                }
                if (playing >= limits.concurrentTurns() && !whatever) {
                    throw new CapacityException("as many turns run as are allowed (" + limits.concurrentTurns()
                            + "); try again when one has ended");
                }
                playing++;
            }
        } catch (CapacityException e) {
            checked.models().close();
            throw e;
        }
        try {
            return new RunningTurn(
                    new RunningTurn.Work(
                            wanted.scope(),
                            wanted.session(),
                            turn,
                            wanted.options(),
                            wanted.maxBudget(),
                            checked.models(),
                            checked.toolbox(),
                            checked.agents(),
                            checked.policy(),
                            checked.output()),
                    live.enter(wanted.session(), session),
                    parts,
                    limits,
                    watcher);
        } catch (RuntimeException | Error e) {
            checked.models().close();
            watcher.played();
            throw e;
        }
    }

    /** It is durable that this turn runs; to be called before it begins. */
    void running(RunningTurn turn) {
        running.put(turn.session(), turn);
    }

    /** A reserved turn that will not begin. */
    void withdraw(RunningTurn turn) {
        watcher.played();
        turn.abandon();
        live.leave(turn.live());
    }

    Optional<RunningTurn> of(SessionId session) {
        return Optional.ofNullable(running.get(session));
    }

    synchronized int count() {
        return playing + waiting;
    }

    private final class Watcher implements RunningTurn.Watcher {
        @Override
        public boolean waits() {
            synchronized (Turns.this) {
                if (waiting >= limits.waitingTurns()) {
                    return false;
                }
                playing--;
                waiting++;
                return true;
            }
        }

        @Override
        public void goesOn() {
            synchronized (Turns.this) {
                waiting--;
                playing++;
            }
        }

        @Override
        public void played() {
            synchronized (Turns.this) {
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
                try {
                    startQueued(turn.live().scope(), turn.session());
                } catch (RuntimeException e) {
                    LOG.error("the turn that waits in session {} could not be started", turn.session(), e);
                }
            }
            live.leave(turn.live());
        }
    }

    /** Starts the oldest turn that waits in that session, if one does and none runs. */
    void startQueued(Scope servers, SessionId session) {
        synchronized (this) {
            if (closed) {
                return;
            }
        }
        while (true) {
            Optional<TurnQueueStore.Queued> next = parts.database().read(view -> TurnQueueStore.first(view, session));
            if (next.isEmpty()) {
                return;
            }
            Optional<SessionStore.Row> row = parts.database().read(view -> SessionStore.find(view, servers, session));
            if (row.isEmpty() || start(row.get(), next.get())) {
                return;
            }
        }
    }

    /** True if a turn runs now; false if the queued one ended before it began. */
    private boolean start(SessionStore.Row row, TurnQueueStore.Queued queued) {
        Scope scope = row.scopeOf(queued.principal());
        Checked checked;
        try {
            checked = check(new Wanted(
                    scope,
                    row.id(),
                    row.options().with(queued.options()),
                    queued.options().maxBudget(),
                    Map.of()));
        } catch (BelayException e) {
            endQueued(scope, row.id(), queued, TurnStatus.ERROR, new TurnError(e.code(), e.text()));
            return false;
        }
        RunningTurn turn = reserve(checked, queued.turn(), () -> sessionOf(row), true);
        // If another turn was faster, this one is looked at again when that has ended.
        goOn(turn, stored -> stored, () -> {
            EventLog.Append append = parts.log()
                    .prepare(
                            scope,
                            StreamId.of(row.id()),
                            beginning(queued.turn(), checked.model(), queued.options(), queued.prompt()));
            return parts.database().write(tx -> {
                if (!SessionStore.begin(
                        tx,
                        row.id(),
                        queued.turn(),
                        checked.model(),
                        row.options().resume(),
                        parts.nowMicros())) {
                    return false;
                }
                TurnQueueStore.remove(tx, queued.turn());
                append.in(tx);
                return true;
            });
        });
        return true;
    }

    /**
     * Stores the beginning of a reserved turn of a session that was made before, and lets it go on from there.
     *
     * @param begun whether what {@code store} returned means that the turn is stored; otherwise it is withdrawn
     */
    <T> T goOn(RunningTurn reserved, Predicate<T> begun, Supplier<T> store) {
        T stored;
        try {
            stored = store.get();
        } catch (RuntimeException | Error e) {
            withdraw(reserved);
            throw e;
        }
        if (begun.test(stored)) {
            running(reserved);
            reserved.goOn();
        } else {
            withdraw(reserved);
        }
        return stored;
    }

    /** Ends a turn that has not begun. */
    void endQueued(Scope scope, SessionId session, TurnQueueStore.Queued queued, TurnStatus status, TurnError error) {
        EventLog.Append append =
                parts.log().prepare(scope, StreamId.of(session), List.of(neverBegun(queued.turn(), status, error)));
        parts.database().write(tx -> TurnQueueStore.remove(tx, queued.turn()) ? append.in(tx) : List.of());
    }

    static EventDraft neverBegun(TurnId turn, TurnStatus status, TurnError error) {
        return EventDraft.of(turn, notBegun(status, error));
    }

    /** How a turn ends that asked no model. */
    static TurnEvent.Finished notBegun(TurnStatus status, TurnError error) {
        return new TurnEvent.Finished(
                status, "", 0, Cost.NONE, Usage.NONE, 0, "none", "", Optional.of(error), Optional.empty());
    }

    /** @param options what the message asks for, kept for the process that may have to go on with the turn */
    static List<EventDraft> beginning(TurnId turn, String model, TurnOptions options, String prompt) {
        EventDraft started = EventDraft.of(turn, options.started(model));
        EventDraft said = EventDraft.of(turn, new MessageEvent.Prompt(prompt));
        return options.pin()
                ? List.of(started, said, EventDraft.of(turn, new MessageEvent.Pinned()))
                : List.of(started, said);
    }

    /** What this process holds of a session that was made before. */
    LiveSession sessionOf(SessionStore.Row row) {
        Scope scope = row.serversScope();
        return new LiveSession(
                row.id(),
                scope,
                parts,
                new LiveSession.Place(
                        WorkingDirectory.of(scope, row.options().workingDirectory(), parts.projects()),
                        false,
                        row.options().sandboxSize().over(limits.sandbox()),
                        row.ephemeral() ? Optional.of(limits.idle()) : Optional.empty(),
                        false));
    }

    /** Takes no more, ends those that run and waits for them, but not for a store that does not take their ends. */
    void close() {
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
