package dev.belay.agent.session;

import dev.belay.agent.context.Rewinds;
import dev.belay.agent.session.view.SessionStatus.TurnSummary;
import dev.belay.api.Cost;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.Usage;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.Subagent;
import dev.belay.api.event.SubagentEvent;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;

/** What the events of a session add up to: its turns, what they used, and what is still open. Fed in order; for one thread. */
final class SessionHistory {
    private static final int SHOWN = 500;

    private final List<TurnSummary> turns = new ArrayList<>();
    private final Map<String, ToolEvent.Call> unanswered = new LinkedHashMap<>();
    private final Set<TurnId> waiting = new LinkedHashSet<>();
    private int modelCalls;
    private int toolCalls;
    private Usage usage = Usage.NONE;
    private Cost cost = Cost.NONE;
    private int turnModelCalls;
    private int turnSubagentCalls;
    private Usage turnUsage = Usage.NONE;
    private Cost turnCost = Cost.NONE;
    private String turnText = "";
    private String turnModel = "none";
    private long turnSeenMicros;
    /** What the sub-agents have done that have not ended. */
    private final Map<Subagent, SessionHistory> subagents = new LinkedHashMap<>();

    private final Rewinds rewinds = new Rewinds();
    private long lastSeq;

    /** The history of a session as it is stored now. */
    static SessionHistory read(EventLog log, Scope scope, SessionId session) {
        return read(log, scope, session, Long.MAX_VALUE);
    }

    /** As above, up to that event. */
    static SessionHistory read(EventLog log, Scope scope, SessionId session, long toSeq) {
        SessionHistory history = new SessionHistory();
        log.forEach(scope, StreamId.of(session), 0, toSeq, history::add);
        return history;
    }

    void add(Event event) {
        lastSeq = event.seq();
        turnSeenMicros = event.timeMicros();
        queue(event);
        switch (event.body()) {
            case TurnEvent.Started started -> {
                turnModel = started.model();
                turnModelCalls = 0;
                turnSubagentCalls = 0;
                turnUsage = Usage.NONE;
                turnCost = Cost.NONE;
                turnText = "";
                TurnId turn = event.turn().orElseThrow();
                turns.add(new TurnSummary(
                        turn,
                        "",
                        "running",
                        event.timeMicros(),
                        OptionalLong.empty(),
                        event.seq(),
                        event.seq(),
                        "",
                        false));
            }
            case MessageEvent.Prompt(String text) ->
                replaceLast(t -> new TurnSummary(
                        t.turn(),
                        shown(text),
                        t.status(),
                        t.startedMicros(),
                        t.endedMicros(),
                        t.fromSeq(),
                        event.seq(),
                        "",
                        false));
            case MessageEvent.Text(String text) -> turnText = text;
            case ModelEvent.FellBack fell -> turnModel = fell.to();
            case ModelEvent used -> {
                modelCalls += calls(used);
                turnModelCalls += calls(used);
                count(used);
            }
            case SubagentEvent(Subagent subagent, EventBody done) -> subagent(subagent, event.as(done));
            case ToolEvent.Call call -> {
                toolCalls++;
                unanswered.put(call.id(), call);
            }
            case ToolEvent.Result result -> unanswered.remove(result.id());
            case TurnEvent.Rewound(long toSeq) -> rewinds.add(event.seq(), toSeq);
            // A turn that waited and never began is none.
            case TurnEvent.Finished finished
            when isOpen(event.turn()) -> {
                unanswered.clear();
                subagents.clear();
                replaceLast(t -> new TurnSummary(
                        t.turn(),
                        t.prompt(),
                        finished.status().word(),
                        t.startedMicros(),
                        OptionalLong.of(event.timeMicros()),
                        t.fromSeq(),
                        event.seq(),
                        shown(finished.summary()),
                        false));
            }
            default -> {}
        }
    }

    private void queue(Event event) {
        switch (event.body()) {
            case TurnEvent.Queued _ -> event.turn().ifPresent(waiting::add);
            case TurnEvent.Started _, TurnEvent.Finished _ -> event.turn().ifPresent(waiting::remove);
            default -> {}
        }
    }

    private void subagent(Subagent subagent, Event event) {
        subagents.computeIfAbsent(subagent, _ -> new SessionHistory()).add(event);
        if (event.body() instanceof ModelEvent used) {
            turnSubagentCalls += calls(used);
            count(used);
        } else if (event.body() instanceof TurnEvent.Finished) {
            subagents.remove(subagent);
        }
    }

    private static int calls(ModelEvent event) {
        return event instanceof ModelEvent.Answered ? 1 : 0;
    }

    private void count(ModelEvent event) {
        switch (event) {
            case ModelEvent.Answered answered -> count(answered.usage(), answered.cost());
            case ModelEvent.Unfinished(String _, int _, Usage used, Cost paid) -> count(used, paid);
            case ModelEvent.Summarised(String _, Usage used, Cost paid, long _) -> count(used, paid);
            case ModelEvent.Requested _, ModelEvent.Retried _, ModelEvent.FellBack _ -> {}
        }
    }

    private void count(Usage used, Cost paid) {
        usage = usage.plus(used);
        cost = cost.plus(paid);
        turnUsage = turnUsage.plus(used);
        turnCost = turnCost.plus(paid);
    }

    private boolean isOpen(Optional<TurnId> turn) {
        return open().map(TurnSummary::turn).equals(turn);
    }

    private void replaceLast(UnaryOperator<TurnSummary> change) {
        if (!turns.isEmpty()) {
            turns.addLast(change.apply(turns.removeLast()));
        }
    }

    private static String shown(String text) {
        return ShownText.of(text, SHOWN);
    }

    List<TurnSummary> turns() {
        if (rewinds.isEmpty()) {
            return List.copyOf(turns);
        }
        List<Rewinds.Range> kept = rewinds.kept(lastSeq);
        return turns.stream()
                .map(turn ->
                        kept.stream().noneMatch(range -> turn.fromSeq() > range.after() && turn.fromSeq() <= range.to())
                                ? turn.rewind()
                                : turn)
                .toList();
    }

    /** Whether a turn ended with that event. */
    boolean endsTurn(long seq) {
        return turns.stream().anyMatch(turn -> turn.endedMicros().isPresent() && turn.toSeq() == seq);
    }

    /** The turn that has not ended. */
    Optional<TurnSummary> open() {
        return turns.isEmpty() || turns.getLast().endedMicros().isPresent()
                ? Optional.empty()
                : Optional.of(turns.getLast());
    }

    /** The turns that wait for those before them, in order. */
    List<TurnId> waiting() {
        return List.copyOf(waiting);
    }

    /** Calls of the open turn without a result, in order. */
    List<ToolEvent.Call> unanswered() {
        return List.copyOf(unanswered.values());
    }

    int modelCalls() {
        return modelCalls;
    }

    /** How many calls of tools the models asked for, over all turns. */
    int toolCalls() {
        return toolCalls;
    }

    Usage usage() {
        return usage;
    }

    Cost cost() {
        return cost;
    }

    int turnModelCalls() {
        return turnModelCalls;
    }

    /** How often sub-agents asked their models in the newest turn. */
    int turnSubagentCalls() {
        return turnSubagentCalls;
    }

    /** The model that was asked last in the newest turn. */
    String turnModel() {
        return turnModel;
    }

    /** How long the open turn has been seen at work, in milliseconds. */
    long seenMillis() {
        return open().map(turn -> (turnSeenMicros - turn.startedMicros()) / 1000)
                .orElse(0L);
    }

    /** What the sub-agents of the open turn have done that have not ended, in the order in which they began. */
    Map<Subagent, SessionHistory> subagents() {
        return Collections.unmodifiableMap(subagents);
    }

    Usage turnUsage() {
        return turnUsage;
    }

    Cost turnCost() {
        return turnCost;
    }

    /** The last thing that the model said in the newest turn. */
    String turnText() {
        return turnText;
    }

    long lastSeq() {
        return lastSeq;
    }
}
