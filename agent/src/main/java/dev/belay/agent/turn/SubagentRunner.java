package dev.belay.agent.turn;

import dev.belay.agent.budget.Budget;
import dev.belay.agent.context.AgentDefinition;
import dev.belay.agent.context.Conversation;
import dev.belay.agent.model.Models.Model;
import dev.belay.agent.permission.PermissionPolicy;
import dev.belay.agent.permission.TurnPermissions;
import dev.belay.agent.subagent.SubagentDefinition;
import dev.belay.agent.subagent.Subagents;
import dev.belay.agent.subagent.Task;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.tool.text.Clipped;
import dev.belay.api.Cost;
import dev.belay.api.Usage;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.Subagent;
import dev.belay.api.event.SubagentEvent;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Runs the sub-agents of one turn: each is a {@link Turn} with a conversation of its own, in the same sandbox, stream and budget. What it may is
 * a part of what the turn may, and it ends with the turn. Safe for the threads of the turn.
 */
final class SubagentRunner {
    /** Of one turn; a model that starts more goes in circles. */
    private static final int MOST = 500;
    /** In characters of what the model that started it is told. */
    private static final int LONGEST_ANSWER = 100_000;
    /** In characters of what is told of its last words with its end; they have an event of their own. */
    private static final int LONGEST_SUMMARY = 2_000;

    private final TurnSetup setup;
    private final TurnControl control;
    private final EventLog log;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Semaphore places;
    private final SubagentAsks asks;
    private final AtomicInteger started = new AtomicInteger();
    private Usage usage = Usage.NONE;
    private int modelCalls;

    SubagentRunner(TurnSetup setup, TurnControl control, EventLog log, InstantSource clock, RandomGenerator random) {
        this.setup = setup;
        this.control = control;
        this.log = log;
        this.clock = clock;
        this.random = random;
        this.places = new Semaphore(setup.subagents().map(SubagentSetup::atOnce).orElse(0));
        this.asks = new SubagentAsks(setup.permissions().watcher());
    }

    /** What those that have ended used. Their costs are in the turn's budget. */
    synchronized Usage usage() {
        return usage;
    }

    /** How often the models of those that have ended were asked. */
    synchronized int modelCalls() {
        return modelCalls;
    }

    /**
     * Runs one to its end; its answer.
     *
     * @param call the id of the call that starts it
     * @throws InterruptedException if the turn ends, or an answer to an ask ends it
     */
    ToolOutcome run(String call, ToolInput input) throws InterruptedException {
        SubagentSetup agents = setup.subagents().orElseThrow();
        String name = input.optionalString("subagent_type").orElse(Task.DEFAULT_AGENT);
        Optional<SubagentDefinition> found = agents.agents().find(name);
        if (found.isEmpty()) {
            return ToolOutcome.error("There is no agent \"" + name + "\". The agents are: "
                    + agents.agents().names() + ".");
        }
        if (started.incrementAndGet() > MOST) {
            return ToolOutcome.error("This turn has started " + MOST
                    + " sub-agents, as many as it may. Do the rest without them, or say what is left.");
        }
        places.acquire();
        asks.began();
        try {
            return answer(name, run(agents, found.get(), call, input.string("prompt")));
        } finally {
            asks.ended();
            places.release();
        }
    }

    private TurnEvent.Finished run(SubagentSetup agents, SubagentDefinition agent, String call, String prompt)
            throws InterruptedException {
        Toolbox tools = Subagents.toolsOf(agent, setup.toolbox());
        int most = Math.min(agent.maxTurns().orElse(agents.maxModelCalls()), agents.maxModelCalls());
        AgentDefinition definition =
                new AgentDefinition(agent.name(), agent.prompt(), tools.names(), most, setup.compaction());
        Model model = Optional.ofNullable(agents.models().get(agent.name())).orElse(setup.model());
        Begun begun = begin(
                new Subagent(call, agent.name()), model, agents.instructions().apply(definition), prompt);
        ToolContext context = setup.context().ofSubagent();
        TurnControl own = control.within();
        TurnEvent.Finished finished;
        try {
            Turn turn = new Turn(setup(agents, agent, begun, model, tools, context, most), own, log, clock, random);
            finished = turn.run();
            count(finished);
            end(begun.lineage(), turn, finished);
        } finally {
            context.leave();
        }
        // An answer to an ask that ends the sub-agent ends the turn; a stop of the turn may have come when the
        // sub-agent had just ended.
        own.stopped().ifPresent(control::stop);
        if (own.stopped().isPresent() || finished.status() == TurnStatus.INTERRUPTED) {
            throw new InterruptedException("the turn ends");
        }
        return finished;
    }

    private TurnSetup setup(
            SubagentSetup agents,
            SubagentDefinition agent,
            Begun begun,
            Model model,
            Toolbox tools,
            ToolContext context,
            int mostModelCalls) {
        return new TurnSetup(
                setup.scope(),
                setup.stream(),
                setup.turn(),
                Optional.of(begun.lineage()),
                model,
                setup.fallback().filter(other -> !other.name().equals(model.name())),
                begun.conversation(),
                TurnProgress.NONE,
                begun.system(),
                tools,
                context,
                permissions(agent, begun.lineage().subagent()),
                mostModelCalls,
                budget(agents, agent),
                Optional.empty(),
                setup.compaction(),
                false,
                Optional.empty());
    }

    /**
     * What a sub-agent begins with, as it is stored: its model is told nothing that the log does not hold.
     *
     * @param system the system prompt
     */
    private record Begun(Lineage lineage, String system, Conversation conversation) {}

    private Begun begin(Subagent subagent, Model model, SessionEvent.Instructed instructed, String prompt) {
        Event began = log.append(setup.scope(), setup.stream(), draft(subagent, new TurnEvent.Started(model.name())));
        Lineage lineage = new Lineage(subagent, began.seq());
        List<Event> told = log.append(
                setup.scope(),
                setup.stream(),
                List.of(
                        lineage.of(EventDraft.of(setup.turn(), instructed)),
                        lineage.of(EventDraft.of(setup.turn(), new MessageEvent.Prompt(prompt)))));
        Conversation conversation = new Conversation();
        conversation.asks(model.name());
        told.forEach(event -> conversation.add(event.as(SubagentEvent.done(event.body()))));
        return new Begun(
                lineage,
                conversation
                        .instructed()
                        .map(SessionEvent.Instructed::systemPrompt)
                        .orElseThrow(),
                conversation);
    }

    private EventDraft draft(Subagent subagent, EventBody body) {
        return EventDraft.of(setup.turn(), new SubagentEvent(subagent, body));
    }

    private TurnPermissions permissions(SubagentDefinition agent, Subagent subagent) {
        TurnPermissions ofTurn = setup.permissions();
        PermissionPolicy policy =
                agent.permissionMode().map(ofTurn.policy()::atMost).orElse(ofTurn.policy());
        return new TurnPermissions(policy, ofTurn.approvals(), ofTurn.history().of(subagent), asks.ofOne());
    }

    private Budget budget(SubagentSetup agents, SubagentDefinition agent) {
        return setup.budget()
                .within(agent.field("max_budget_usd"), agent.maxBudget(), agents.allowUnpriced(), Cost.NONE);
    }

    private synchronized void count(TurnEvent.Finished finished) {
        usage = usage.plus(finished.usage());
        modelCalls += finished.modelCalls();
    }

    private void end(Lineage lineage, Turn turn, TurnEvent.Finished finished) {
        EventLog.Append end = log.prepare(
                setup.scope(),
                setup.stream(),
                List.of(lineage.of(EventDraft.of(
                        setup.turn(),
                        finished.told(
                                finished.status(),
                                shown(finished.summary()),
                                finished.error()
                                        .map(error -> new TurnError(
                                                error.code(), shown(error.message()), error.httpStatus())))))));
        log.append(turn.last().map(held -> held.followedBy(end)).orElse(end));
    }

    private static String shown(String text) {
        return Clipped.of(text, LONGEST_SUMMARY).text();
    }

    /** What the model that started it is told. */
    private static ToolOutcome answer(String name, TurnEvent.Finished finished) {
        Clipped said = Clipped.of(finished.summary().strip(), LONGEST_ANSWER);
        if (finished.status() == TurnStatus.SUCCESS) {
            return said.text().isEmpty()
                    ? ToolOutcome.error("The agent " + name + " ended without an answer.")
                    : new ToolOutcome(said.text(), false, said.cutBytes());
        }
        String why = finished.error()
                .map(TurnError::message)
                .orElse(finished.status().word());
        return new ToolOutcome(
                "The agent " + name + " did not come to its end: " + why + "."
                        + (said.text().isEmpty() ? "" : " What it said last:\n\n" + said.text()),
                true,
                said.cutBytes());
    }
}
