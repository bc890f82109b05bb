package dev.belay.agent.session;

import dev.belay.agent.budget.UsageStore;
import dev.belay.agent.permission.AskHistory;
import dev.belay.agent.session.view.SessionStatus;
import dev.belay.api.BelayException;
import dev.belay.api.Scope;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes on with what a process left open when it died, or ends it. A turn that was called with keys of its request can be nothing but ended: they
 * are gone.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final Sessions.Parts parts;
    private final Turns turns;
    private final SessionEnding ending;

    Recovery(Sessions.Parts parts, Turns turns, SessionEnding ending) {
        this.parts = parts;
        this.turns = turns;
        this.ending = ending;
    }

    void run() {
        parts.database().read(SessionStore::endedWithSandbox).forEach(ending::destroy);
        for (SessionStore.Row row : parts.database().read(SessionStore::withOpenTurn)) {
            boolean alive = row.state().equals("running");
            if (!alive || !row.resume() || !resume(row)) {
                interrupt(row);
            }
        }
        for (SessionStore.Row row : parts.database().read(SessionStore::withQueuedTurn)) {
            turns.startQueued(row.serversScope(), row.id());
        }
    }

    /** Goes on with the session's turn; false if that is not possible any more. */
    private boolean resume(SessionStore.Row row) {
        Scope scope = row.serversScope();
        TurnId turn = row.openTurn().orElseThrow();
        try {
            Turns.Checked checked = turns.check(
                    new Turns.Wanted(scope, row.id(), row.options().with(row.model()), Optional.empty(), Map.of()));
            RunningTurn resumed = turns.reserve(checked, turn, () -> turns.sessionOf(row), true);
            try {
                parts.log().append(scope, StreamId.of(row.id()), EventDraft.of(turn, new TurnEvent.Resumed()));
            } catch (RuntimeException | Error e) {
                turns.withdraw(resumed);
                throw e;
            }
            turns.running(resumed);
            resumed.goOn();
            LOG.info("went on with the turn {} of session {}: an earlier process left it open", turn, row.id());
            return true;
        } catch (BelayException e) {
            LOG.warn("the turn {} of session {} cannot go on: {}", turn, row.id(), e.text());
            return false;
        }
    }

    /** Ends the session's turn as interrupted; a call without a recorded result gets one that says so. */
    private void interrupt(SessionStore.Row row) {
        Scope scope = row.serversScope();
        TurnId turn = row.openTurn().orElseThrow();
        SessionHistory history = new SessionHistory();
        AskHistory asks = new AskHistory();
        parts.log().forEach(scope, StreamId.of(row.id()), 0, Long.MAX_VALUE, event -> {
            history.add(event);
            if (event.turn().equals(Optional.of(turn))) {
                asks.add(event.body());
            }
        });
        long started =
                history.open().map(SessionStatus.TurnSummary::startedMicros).orElse(row.lastActive());
        List<EventDraft> drafts = OpenTurn.interrupted(
                history,
                asks,
                turn,
                OpenTurn.NOT_RECORDED,
                new TurnError("server_stopped", "the server stopped during the turn"),
                (parts.nowMicros() - started) / 1000);
        TurnEvent.Finished finished = (TurnEvent.Finished) drafts.getLast().body();
        EventLog.Append append = parts.log().prepare(scope, StreamId.of(row.id()), drafts);
        parts.database().write(tx -> {
            long now = parts.nowMicros();
            if (SessionStore.idle(tx, row.id(), turn, now)) {
                UsageStore.add(tx, scope, row.id(), turn, finished, now);
            }
            return append.in(tx);
        });
        LOG.info("ended the turn {} of session {} as interrupted: an earlier process left it open", turn, row.id());
    }
}
