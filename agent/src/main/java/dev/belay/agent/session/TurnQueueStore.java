package dev.belay.agent.session;

import dev.belay.agent.session.request.TurnOptions;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.store.StoredJson;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.util.List;
import java.util.Optional;

/** The SQL of turns that wait for the one before them. */
final class TurnQueueStore {
    private TurnQueueStore() {}

    /** @param prompt as the log holds it */
    record Queued(TurnId turn, String principal, String prompt, TurnOptions options) {}

    static void add(Tx tx, SessionId session, Queued queued) {
        tx.execute(
                "INSERT INTO queued_turn (session, turn, principal, prompt, options) VALUES (?, ?, ?, ?, ?)",
                session.value(),
                queued.turn().value(),
                queued.principal(),
                queued.prompt(),
                StoredJson.encode(queued.options()));
    }

    static int count(View view, SessionId session) {
        return (int) view.number("SELECT count(*) FROM queued_turn WHERE session = ?", session.value());
    }

    static List<Queued> of(View view, SessionId session) {
        return view.list(
                "SELECT * FROM queued_turn WHERE session = ? ORDER BY id",
                rs -> new Queued(
                        new TurnId(rs.getString("turn")),
                        rs.getString("principal"),
                        rs.getString("prompt"),
                        StoredJson.decode(rs.getString("options"), TurnOptions.class)),
                session.value());
    }

    static Optional<Queued> first(View view, SessionId session) {
        return of(view, session).stream().findFirst();
    }

    /** Takes it out; false if somebody else did. */
    static boolean remove(Tx tx, TurnId turn) {
        return tx.update("DELETE FROM queued_turn WHERE turn = ?", turn.value()) == 1;
    }
}
