package dev.belay.agent.session;

import dev.belay.api.OrganisationId;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The SQL of sessions. */
final class SessionStore {
    private SessionStore() {}

    record Row(
            SessionId id,
            OrganisationId organisation,
            WorkspaceId workspace,
            Optional<String> name,
            String engine,
            String model,
            String state,
            long created,
            long lastActive,
            Optional<TurnId> openTurn) {
        /** For what the server itself does to the session. */
        Scope serversScope() {
            return new Scope(organisation, workspace, new Principal("server", Set.of()));
        }
    }

    static void insert(Tx tx, Scope scope, SessionId id, String agent, String model, TurnId openTurn, long nowMicros) {
        tx.execute(
                """
                INSERT INTO session (id, organisation, workspace, engine, agent, model, state, created, last_active, open_turn)
                VALUES (?, ?, ?, 'native', ?, ?, 'running', ?, ?, ?)\
                """,
                id.value(),
                scope.organisation().value(),
                scope.workspace().value(),
                agent,
                model,
                nowMicros,
                nowMicros,
                openTurn.value());
    }

    /** Ends the session's turn; false if it has ended before, as when a commit was stored whose answer got lost. */
    static boolean idle(Tx tx, SessionId id, TurnId turn, long nowMicros) {
        return tx.update(
                        "UPDATE session SET state = 'idle', open_turn = NULL, last_active = ? WHERE id = ? AND"
                                + " open_turn = ?",
                        nowMicros,
                        id.value(),
                        turn.value())
                == 1;
    }

    static Optional<Row> find(View view, Scope scope, SessionId id) {
        return view.handle()
                .createQuery("SELECT * FROM session WHERE id = :id AND workspace = :workspace")
                .bind("id", id.value())
                .bind("workspace", scope.workspace().value())
                .map((rs, ctx) -> row(rs))
                .findOne();
    }

    /** Sessions of all workspaces with a turn that has not ended: only for the recovery at start. */
    static List<Row> withOpenTurn(View view) {
        return view.handle()
                .createQuery("SELECT * FROM session WHERE open_turn IS NOT NULL ORDER BY created")
                .map((rs, ctx) -> row(rs))
                .list();
    }

    private static Row row(ResultSet rs) throws SQLException {
        return new Row(
                new SessionId(rs.getString("id")),
                new OrganisationId(rs.getString("organisation")),
                new WorkspaceId(rs.getString("workspace")),
                Optional.ofNullable(rs.getString("name")),
                rs.getString("engine"),
                rs.getString("model"),
                rs.getString("state"),
                rs.getLong("created"),
                rs.getLong("last_active"),
                Optional.ofNullable(rs.getString("open_turn")).map(TurnId::new));
    }
}
