package dev.belay.agent.session;

import dev.belay.api.Scope;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what a process left open when it died. A turn that was called with keys of its request can be nothing but ended: they are gone. */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final Sessions.Parts parts;

    Recovery(Sessions.Parts parts) {
        this.parts = parts;
    }

    /** Ends every open turn as interrupted; a call without a recorded result gets one that says so. */
    void run() {
        for (SessionStore.Row row : parts.database().read(SessionStore::withOpenTurn)) {
            Scope scope = row.serversScope();
            SessionHistory history = SessionHistory.read(parts.log(), scope, row.id());
            TurnId turn = row.openTurn().orElseThrow();
            List<EventDraft> drafts = new ArrayList<>();
            for (ToolEvent.Call call : history.unanswered()) {
                drafts.add(EventDraft.of(
                        turn,
                        new ToolEvent.Result(
                                call.id(),
                                call.tool(),
                                "The server stopped before the result was recorded; what the call did is unknown.",
                                true,
                                0,
                                0)));
            }
            long started =
                    history.open().map(SessionStatus.TurnSummary::startedMicros).orElse(row.lastActive());
            drafts.add(EventDraft.of(
                    turn,
                    new TurnEvent.Finished(
                            TurnStatus.INTERRUPTED,
                            history.turnText(),
                            history.turnModelCalls(),
                            history.turnCost(),
                            history.turnUsage(),
                            Math.max(0, (parts.nowMicros() - started) / 1000),
                            row.model(),
                            "",
                            Optional.of(new TurnError("server_stopped", "the server stopped during the turn")),
                            Optional.empty())));
            EventLog.Append append = parts.log().prepare(scope, StreamId.of(row.id()), drafts);
            parts.database().write(tx -> {
                SessionStore.idle(tx, row.id(), turn, parts.nowMicros());
                return append.in(tx);
            });
            LOG.info("ended the turn {} of session {} as interrupted: an earlier process left it open", turn, row.id());
        }
    }
}
