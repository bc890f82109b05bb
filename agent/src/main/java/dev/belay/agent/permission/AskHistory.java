package dev.belay.agent.permission;

import dev.belay.api.JsonText;
import dev.belay.api.event.Denial;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.Subagent;
import dev.belay.api.event.SubagentEvent;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.ToolEvent.Asked;
import dev.belay.api.event.ToolEvent.Decided;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was asked and decided in a turn so far, from its events: what the turn needs to go on after a restart, and what it tells at its end.
 * Safe for many threads.
 */
public final class AskHistory {
    private static final int MOST_DENIALS = 100;
    /** In characters of each input that is told at the end; the call's event has it whole. */
    private static final int LONGEST_INPUT = 4_000;

    private final Map<String, ToolEvent.Call> calls = new HashMap<>();
    private final Map<String, Asked> asked = new LinkedHashMap<>();
    private final Map<String, Decided> decided = new HashMap<>();
    private final List<Denial> denials = new ArrayList<>();
    private final Map<Subagent, AskHistory> ofSubagents = new LinkedHashMap<>();

    /** The next event of the turn, as it was stored by the process that ran it before. */
    public synchronized void add(EventBody body) {
        switch (body) {
            case ToolEvent.Call call -> calls.put(call.id(), call);
            case Asked ask -> asked.put(ask.id(), ask);
            case Decided decision -> {
                decided.put(decision.id(), decision);
                Asked ask = asked.get(decision.id());
                ToolEvent.Call call = calls.get(decision.id());
                if (call != null && (ask == null || ask.kind() == Asked.Kind.PERMISSION)) {
                    decided(call, decision);
                }
            }
            case ToolEvent.Result result -> {
                calls.remove(result.id());
                take(result.id());
            }
            case SubagentEvent(Subagent subagent, EventBody done) ->
                of(subagent).add(done);
            default -> {}
        }
    }

    /** What was asked and decided for that sub-agent of the turn. */
    public synchronized AskHistory of(Subagent subagent) {
        return ofSubagents.computeIfAbsent(subagent, _ -> new AskHistory());
    }

    /** It was decided whether this call may be made. */
    synchronized void decided(ToolEvent.Call call, Decided decision) {
        if (!decision.allowed() && denials.size() < MOST_DENIALS) {
            Optional<JsonText> input =
                    Optional.of(call.input()).filter(text -> text.text().length() <= LONGEST_INPUT);
            denials.add(new Denial(call.id(), call.tool(), input, decision.message()));
        }
    }

    /**
     * Whether a call without a result has certainly not been made: it waits for an answer, or was denied. Such a call can be given to the
     * turn again; of any other nobody knows what it did.
     */
    public synchronized boolean notMade(String call) {
        Decided decision = decided.get(call);
        return decision == null ? asked.containsKey(call) : !decision.allowed();
    }

    /** What closes the asks that nobody waits for any more. */
    public synchronized List<Decided> takenBack() {
        return asked.values().stream()
                .filter(ask -> !decided.containsKey(ask.id()))
                .map(ask -> PermissionGate.closed(ask, Decided.By.TURN_END))
                .toList();
    }

    /** What an earlier process left of a call. */
    record Left(Optional<Asked> asked, Optional<Decided> decided) {}

    /** What is left of that call, once: a later call of the same id is another. */
    synchronized Left take(String call) {
        return new Left(Optional.ofNullable(asked.remove(call)), Optional.ofNullable(decided.remove(call)));
    }

    /** The calls that were not permitted, in order, those of sub-agents last; at most a hundred. */
    public synchronized List<Denial> denials() {
        return Stream.concat(
                        denials.stream(), ofSubagents.values().stream().flatMap(history -> history.denials().stream()))
                .limit(MOST_DENIALS)
                .toList();
    }
}
