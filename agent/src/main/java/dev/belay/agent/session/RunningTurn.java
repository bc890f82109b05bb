package dev.belay.agent.session;

import dev.belay.agent.budget.Budget;
import dev.belay.agent.context.Conversation;
import dev.belay.agent.mcp.McpException;
import dev.belay.agent.mcp.McpServers;
import dev.belay.agent.output.OutputSchema;
import dev.belay.agent.permission.AskHistory;
import dev.belay.agent.permission.AskWatcher;
import dev.belay.agent.permission.PermissionPolicy;
import dev.belay.agent.permission.TurnPermissions;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.TurnOptions;
import dev.belay.agent.subagent.Subagents;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.tool.builtin.Skill;
import dev.belay.agent.turn.SubagentSetup;
import dev.belay.agent.turn.Turn;
import dev.belay.agent.turn.TurnControl;
import dev.belay.agent.turn.TurnProgress;
import dev.belay.agent.turn.TurnSetup;
import dev.belay.api.BelayException;
import dev.belay.api.Cost;
import dev.belay.api.Money;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A turn on its own virtual thread, from its first step to the event that ends it. */
final class RunningTurn {
    private static final Logger LOG = LoggerFactory.getLogger(RunningTurn.class);
    private static final String MAX_BUDGET = "max_budget_usd";

    private final Work work;
    private final LiveSession live;
    private final Sessions.Parts parts;
    private final SessionLimits limits;
    private final Watcher watcher;
    private final Instructions instructions;
    private final TurnControl control = new TurnControl();
    private final CountDownLatch over = new CountDownLatch(1);
    private final TurnEnding ending;

    /**
     * What the turn is about.
     *
     * @param options the session's, with what the message asks for
     * @param maxBudget what this turn alone may cost
     */
    record Work(
            Scope scope,
            SessionId session,
            TurnId turn,
            RunOptions options,
            Optional<Money> maxBudget,
            RunModels models,
            Toolbox toolbox,
            Subagents agents,
            PermissionPolicy policy,
            Optional<OutputSchema> output) {}

    /** Is told how far a turn is. */
    interface Watcher {
        /** It does nothing until somebody answers it. @return whether it is not counted until {@link #goesOn} */
        boolean waits();

        /** It goes on after it was not counted. */
        void goesOn();

        /** It asks no model and runs no tool any more; nobody has been told of its end yet. */
        void played();

        /** Its end is stored, or is left to the next start. */
        void finished(TurnEvent.Finished end);

        /** Nothing of it is left. */
        void gone(RunningTurn turn);
    }

    RunningTurn(Work work, LiveSession live, Sessions.Parts parts, SessionLimits limits, Watcher watcher) {
        this.work = work;
        this.live = live;
        this.parts = parts;
        this.limits = limits;
        this.watcher = watcher;
        this.ending = new TurnEnding(work, live, parts);
        this.instructions = new Instructions(work.scope(), work.options(), live, parts);
    }

    LiveSession live() {
        return live;
    }

    SessionId session() {
        return work.session();
    }

    TurnId turn() {
        return work.turn();
    }

    TurnControl control() {
        return control;
    }

    /** How the turn ended, while that cannot be stored. */
    Optional<TurnEvent.Finished> unrecorded() {
        return ending.unrecorded();
    }

    /** The turn will not begin: what it should be could not be stored. */
    void abandon() {
        work.models().close();
        over.countDown();
    }

    /** Asks it to end, as interrupted or to be resumed by the next process; if that cannot be stored now, it is left to the next start. */
    void close() {
        if (work.options().resume()) {
            control.suspend();
        } else {
            control.stop(TurnStatus.INTERRUPTED);
        }
        ending.close();
    }

    /** Begins a session's first turn, with the prompt as it is stored: the model is told nothing that the log does not hold. */
    void begin(String prompt) {
        start(() -> {
            Conversation conversation = new Conversation();
            conversation.asks(work.models().name());
            conversation.told(prompt);
            live.beginsUntouched();
            return new Beginning(conversation, TurnProgress.NONE, Cost.NONE, new AskHistory(), TurnOptions.NONE);
        });
    }

    /** Begins, or goes on with, a turn of a session that has a history; what it begins with is in the log. */
    void goOn() {
        start(() -> {
            Conversation conversation = new Conversation();
            SessionHistory history = new SessionHistory();
            AskHistory asks = new AskHistory();
            TurnOptions[] begunWith = {TurnOptions.NONE};
            Conversation.read(parts.log(), work.scope(), StreamId.of(work.session()), conversation, event -> {
                history.add(event);
                if (event.turn().equals(Optional.of(work.turn()))) {
                    asks.add(event.body());
                    TurnOptions.begunWith(event.body()).ifPresent(options -> begunWith[0] = options);
                }
            });
            long elapsed = history.open()
                    .map(open -> (parts.nowMicros() - open.startedMicros()) / 1000)
                    .orElse(0L);
            endSubagents(history, asks);
            control.steered(conversation.takeSteers());
            if (history.toolCalls() == 0) {
                live.beginsUntouched();
            }
            return new Beginning(
                    conversation,
                    new TurnProgress(
                            history.turnModelCalls(),
                            history.turnSubagentCalls(),
                            history.turnUsage(),
                            history.turnCost(),
                            history.turnText(),
                            Math.max(0, elapsed)),
                    history.cost(),
                    asks,
                    begunWith[0]);
        });
    }

    /** Those that were at work when an earlier process died are not gone on with. */
    private void endSubagents(SessionHistory history, AskHistory asks) {
        List<EventDraft> ends = OpenTurn.subagents(
                history,
                asks,
                work.turn(),
                OpenTurn.NOT_RECORDED,
                new TurnError("server_stopped", "the server stopped while the sub-agent worked"));
        if (!ends.isEmpty()) {
            parts.log().append(work.scope(), StreamId.of(work.session()), ends);
        }
    }

    /**
     * What a turn begins, or goes on, with.
     *
     * @param spent by the session so far
     * @param asks what was asked in the turn
     * @param options what its message asked for, as it is stored
     */
    private record Beginning(
            Conversation conversation, TurnProgress progress, Cost spent, AskHistory asks, TurnOptions options) {}

    private void start(Supplier<Beginning> beginning) {
        Thread.ofVirtual().name("turn-" + work.turn()).start(() -> run(beginning));
    }

    void awaitEnd() {
        awaitEnd(Duration.ofDays(365));
    }

    /** Waits for it no longer than that; whether it has ended. */
    boolean awaitEnd(Duration longest) {
        long end = System.nanoTime() + longest.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return over.await(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run(Supplier<Beginning> beginning) {
        try {
            TurnEvent.Finished played = play(beginning);
            watcher.played();
            // One that came to its own end before it noticed has ended.
            if (control.suspended() && played.status() == TurnStatus.INTERRUPTED) {
                ending.leave();
            } else {
                watcher.finished(ending.store(played));
            }
        } finally {
            work.models().close();
            watcher.gone(this);
            over.countDown();
        }
    }

    private TurnEvent.Finished play(Supplier<Beginning> beginning) {
        if (work.models().first().isEmpty()) {
            return notBegun(new TurnError(
                    "no_model",
                    "no model is named in the request and none is configured; set a provider's key, for example"
                            + " ANTHROPIC_API_KEY, or agent.model in belay.toml, or send \"model\" (\"scripted\" answers"
                            + " with the prompt)"));
        }
        Optional<Thread> timer = Optional.empty();
        try {
            Beginning begun = beginning.get();
            // A turn that goes on after a restart asks for what its message asked for, which only its first event
            // tells.
            RunOptions options = work.options().with(begun.options());
            timer = Optional.of(startTimer(options, begun.progress()));
            SessionEvent.Instructed instructed =
                    begun.conversation().instructed().orElseGet(() -> instructions.begin(work.turn(), work.toolbox()));
            TurnSetup setup = new TurnSetup(
                    work.scope(),
                    StreamId.of(work.session()),
                    work.turn(),
                    Optional.empty(),
                    work.models().first().get(),
                    work.models().fallback(),
                    begun.conversation(),
                    begun.progress(),
                    work.output().isEmpty()
                            ? instructed.systemPrompt()
                            : instructed.systemPrompt() + "\n\n" + OutputSchema.INSTRUCTION,
                    toolbox(options, instructed.skills().isEmpty()),
                    live.context(),
                    new TurnPermissions(
                            begun.options()
                                    .permissionMode()
                                    .map(work.policy()::in)
                                    .orElse(work.policy()),
                            parts.approvals(),
                            begun.asks(),
                            new Waiting()),
                    options.maxTurns().orElse(parts.agent().maxModelCalls()),
                    budget(begun),
                    work.output(),
                    parts.agent().compaction(),
                    options.streamDeltas(),
                    Optional.of(subagents(options)));
            Turn turn = new Turn(setup, control, parts.log(), parts.clock(), parts.random());
            TurnEvent.Finished finished = turn.run();
            turn.last().ifPresent(ending::before);
            return finished;
        } catch (BelayException e) {
            return notBegun(new TurnError(e.code(), e.text()));
        } catch (RuntimeException | Error e) {
            LOG.error("the turn {} did not begin", work.turn(), e);
            return notBegun(Turn.INTERNAL);
        } finally {
            timer.ifPresent(Thread::interrupt);
        }
    }

    /** Ends the turn when its time is over, of which an earlier process may have used a part. */
    private Thread startTimer(RunOptions options, TurnProgress progress) {
        Duration timeout = options.timeout()
                .filter(asked -> asked.compareTo(limits.longestTurn()) < 0)
                .orElse(limits.longestTurn());
        return Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(timeout.minusMillis(progress.elapsedMillis()));
                control.stop(TurnStatus.TIMEOUT);
            } catch (InterruptedException e) {
                // The turn ended in time.
            }
        });
    }

    /** Gives the turn's place to others while its calls wait for answers: people are slow, and a few asks must not stop a server. */
    private final class Waiting implements AskWatcher {
        private int asks;
        private boolean gaveUp;

        @Override
        public synchronized void waits() {
            if (asks++ == 0) {
                gaveUp = watcher.waits();
            }
        }

        @Override
        public synchronized void goesOn() {
            if (--asks == 0 && gaveUp) {
                gaveUp = false;
                watcher.goesOn();
            }
        }
    }

    /** With the tools of the session's MCP servers. A turn that is stopped while they are asked for ends before it does anything. */
    private Toolbox toolbox(RunOptions options, boolean withoutSkills) {
        Toolbox own = withoutSkills ? work.toolbox().without(Skill.NAME) : work.toolbox();
        if (options.mcpServers().isEmpty()) {
            return own;
        }
        McpServers servers = live.mcp().orElseThrow(() -> McpException.forgotten(options.mcpServers()));
        control.begin();
        try {
            return own.with(servers.tools(live.context(), options.allowedTools(), options.disallowedTools()));
        } catch (InterruptedException e) {
            return own;
        }
    }

    /** The turn's, within its session's, within its workspace's. */
    private Budget budget(Beginning begun) {
        RunOptions options = work.options();
        Cost ofTurn = begun.progress().cost();
        Budget workspace = parts.budgets().of(work.scope());
        if (!ofTurn.equals(Cost.NONE)) {
            // Spent before this process, by a turn that has not ended.
            workspace.count(ofTurn);
        }
        return workspace
                .within(MAX_BUDGET, options.maxBudget(), options.allowUnpriced(), begun.spent())
                .within(MAX_BUDGET, begun.options().maxBudget().or(work::maxBudget), options.allowUnpriced(), ofTurn);
    }

    private SubagentSetup subagents(RunOptions options) {
        return new SubagentSetup(
                work.agents(),
                work.models().ofAgents(),
                instructions::ofSubagent,
                options.allowUnpriced(),
                limits.subagents(),
                parts.agent().maxModelCalls());
    }

    private static TurnEvent.Finished notBegun(TurnError error) {
        return Turns.notBegun(TurnStatus.ERROR, error);
    }
}
