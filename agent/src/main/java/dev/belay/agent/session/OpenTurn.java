package dev.belay.agent.session;

import dev.belay.agent.permission.AskHistory;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A turn with which nobody will go on. */
final class OpenTurn {
    /** What is said of a call of which the server that died recorded no result. */
    static final String NOT_RECORDED =
            "The server stopped before the result was recorded; what the call did is unknown.";

    private OpenTurn() {}

    /**
     * What ends the turn as interrupted; a call without a recorded result gets one that says so.
     *
     * @param history up to where the turn broke off
     * @param asks of that turn; those that are open are taken back
     * @param unknown what is said of such a call
     */
    static List<EventDraft> interrupted(
            SessionHistory history, AskHistory asks, TurnId turn, String unknown, TurnError why, long millis) {
        List<EventDraft> drafts = new ArrayList<>(subagents(history, asks, turn, unknown, why));
        for (ToolEvent.Decided decision : asks.takenBack()) {
            asks.add(decision);
            drafts.add(EventDraft.of(turn, decision));
        }
        for (ToolEvent.Call call : history.unanswered()) {
            drafts.add(EventDraft.of(turn, new ToolEvent.Result(call.id(), call.tool(), unknown, true, 0, 0)));
        }
        drafts.add(EventDraft.of(
                turn,
                new TurnEvent.Finished(
                        TurnStatus.INTERRUPTED,
                        history.turnText(),
                        history.turnModelCalls(),
                        history.turnCost(),
                        history.turnUsage(),
                        Math.max(0, millis),
                        history.turnModel(),
                        "",
                        Optional.of(why),
                        Optional.empty(),
                        asks.denials(),
                        history.turnSubagentCalls())));
        return drafts;
    }

    /** What ends the sub-agents of the turn that have not ended, each as interrupted when it was last seen at work. */
    static List<EventDraft> subagents(
            SessionHistory history, AskHistory asks, TurnId turn, String unknown, TurnError why) {
        List<EventDraft> drafts = new ArrayList<>();
        history.subagents()
                .forEach((subagent, own) -> own.open()
                        .ifPresent(began -> interrupted(own, asks.of(subagent), turn, unknown, why, own.seenMillis())
                                .forEach(draft -> drafts.add(draft.by(subagent, began.fromSeq())))));
        return drafts;
    }
}
