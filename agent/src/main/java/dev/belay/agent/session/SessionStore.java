package dev.belay.agent.session;

import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.SessionFilter;
import dev.belay.api.OrganisationId;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import dev.belay.store.StoredJson;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The SQL of sessions. */
final class SessionStore {
    private static final String NAME_TAKEN =
            "SELECT count(*) FROM session WHERE workspace = ? AND name = ? AND state <> 'deleted' AND id <> ?";

    private SessionStore() {}

    /**
     * @param ephemeral whether it was made for one run
     * @param resume whether its open turn goes on after the server died
     */
    record Row(
            SessionId id,
            OrganisationId organisation,
            WorkspaceId workspace,
            Optional<String> name,
            String engine,
            String model,
            RunOptions options,
            boolean ephemeral,
            boolean resume,
            String state,
            long created,
            long lastActive,
            OptionalLong expires,
            Optional<TurnId> openTurn) {
        /** For what the server itself does to the session. */
        Scope serversScope() {
            return scopeOf("server");
        }

        /** For what goes on for that principal when nobody asks. */
        Scope scopeOf(String principal) {
            return new Scope(organisation, workspace, new Principal(principal, Set.of()));
        }
    }

    static void insert(Tx tx, Scope scope, Row row, String agent) {
        tx.execute(
                """
                INSERT INTO session (id, organisation, workspace, name, engine, agent, model, state, created, last_active, open_turn,
                    options, ephemeral, resume, expires)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
                """,
                row.id().value(),
                scope.organisation().value(),
                scope.workspace().value(),
                row.name().orElse(null),
                row.engine(),
                agent,
                row.model(),
                row.state(),
                row.created(),
                row.lastActive(),
                row.openTurn().map(TurnId::value).orElse(null),
                StoredJson.encode(row.options()),
                row.ephemeral() ? 1 : 0,
                row.resume() ? 1 : 0,
                row.expires().isPresent() ? row.expires().getAsLong() : null);
    }

    /** Whether another session of the workspace has that name. */
    static boolean nameTaken(View view, Scope scope, String name, SessionId id) {
        return view.number(NAME_TAKEN, scope.workspace().value(), name, id.value()) > 0;
    }

    static void rename(Tx tx, SessionId id, Optional<String> name) {
        tx.execute("UPDATE session SET name = ? WHERE id = ?", name.orElse(null), id.value());
    }

    /** Begins a turn, if none is open; false if one is. */
    static boolean begin(Tx tx, SessionId id, TurnId turn, String model, boolean resume, long nowMicros) {
        return tx.update(
                        "UPDATE session SET state = 'running', open_turn = ?, model = ?, resume = ?, last_active = ?"
                                + " WHERE id = ? AND open_turn IS NULL AND state IN ('created', 'idle')",
                        turn.value(),
                        model,
                        resume ? 1 : 0,
                        nowMicros,
                        id.value())
                == 1;
    }

    /** Ends the session's turn; false if it has ended before, as when a commit was stored whose answer got lost. */
    static boolean idle(Tx tx, SessionId id, TurnId turn, long nowMicros) {
        return tx.update(
                        "UPDATE session SET state = CASE WHEN state = 'running' THEN 'idle' ELSE state END,"
                                + " open_turn = NULL, last_active = ? WHERE id = ? AND open_turn = ?",
                        nowMicros,
                        id.value(),
                        turn.value())
                == 1;
    }

    /** Nothing can be asked of it any more; false if that was so before. */
    static boolean end(Tx tx, SessionId id, String state) {
        return tx.update("UPDATE session SET state = ? WHERE id = ? AND state <> 'deleted'", state, id.value()) == 1;
    }

    /** A session that is complete and not deleted. */
    static Optional<Row> find(View view, Scope scope, SessionId id) {
        return view.first(
                "SELECT * FROM session WHERE id = ? AND workspace = ? AND state NOT IN ('deleted', 'starting')",
                SessionStore::row,
                id.value(),
                scope.workspace().value());
    }

    /**
     * The workspace's sessions that are not deleted, the one that was used last first.
     *
     * @param before those that come after this one in that order
     */
    static List<Row> list(View view, Scope scope, SessionFilter filter, Optional<Row> before, int limit) {
        return view.list(
                """
                SELECT * FROM session
                WHERE workspace = ? AND state NOT IN ('deleted', 'starting')
                  AND (? = '' OR name = ?)
                  AND (? = '' OR state = ?)
                  AND (ephemeral = 0 OR ? = 1)
                  AND (last_active < ? OR (last_active = ? AND id < ?))
                ORDER BY last_active DESC, id DESC LIMIT ?\
                """,
                SessionStore::row,
                scope.workspace().value(),
                filter.name().orElse(""),
                filter.name().orElse(""),
                filter.state().orElse(""),
                filter.state().orElse(""),
                filter.runs() ? 1 : 0,
                before.map(Row::lastActive).orElse(Long.MAX_VALUE),
                before.map(Row::lastActive).orElse(Long.MAX_VALUE),
                before.map(row -> row.id().value()).orElse(""),
                limit);
    }

    /** Sessions of all workspaces with a turn that has not ended: only for the recovery at start. */
    static List<Row> withOpenTurn(View view) {
        return view.list("SELECT * FROM session WHERE open_turn IS NOT NULL ORDER BY created", SessionStore::row);
    }

    /** Sessions of all workspaces that wait for nothing but a turn that is queued: only for the recovery at start. */
    static List<Row> withQueuedTurn(View view) {
        return view.list("""
            SELECT * FROM session WHERE open_turn IS NULL AND state IN ('created', 'idle')
              AND id IN (SELECT session FROM queued_turn) ORDER BY created\
            """, SessionStore::row);
    }

    /** Sessions of all workspaces that ended and whose sandbox did not: only for the recovery at start. */
    static List<Row> endedWithSandbox(View view) {
        return view.list("""
            SELECT * FROM session WHERE state IN ('deleted', 'expired')
              AND id IN (SELECT session FROM sandbox WHERE session IS NOT NULL AND state <> 'destroyed')\
            """, SessionStore::row);
    }

    /** Sessions of all workspaces whose time is over: only for {@link Sessions}. */
    static List<Row> expired(View view, long nowMicros) {
        return view.list(
                "SELECT * FROM session WHERE expires <= ? AND state IN ('created', 'idle') LIMIT 100",
                SessionStore::row,
                nowMicros);
    }

    private static Row row(ResultSet rs) throws SQLException {
        long expires = rs.getLong("expires");
        OptionalLong end = rs.wasNull() ? OptionalLong.empty() : OptionalLong.of(expires);
        String options = rs.getString("options");
        return new Row(
                new SessionId(rs.getString("id")),
                new OrganisationId(rs.getString("organisation")),
                new WorkspaceId(rs.getString("workspace")),
                Optional.ofNullable(rs.getString("name")),
                rs.getString("engine"),
                rs.getString("model"),
                options == null ? RunOptions.DEFAULT : StoredJson.decode(options, RunOptions.class),
                rs.getInt("ephemeral") == 1,
                rs.getInt("resume") == 1,
                rs.getString("state"),
                rs.getLong("created"),
                rs.getLong("last_active"),
                end,
                Optional.ofNullable(rs.getString("open_turn")).map(TurnId::new));
    }
}
