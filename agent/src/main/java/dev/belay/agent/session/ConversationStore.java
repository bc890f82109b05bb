package dev.belay.agent.session;

import dev.belay.api.OrganisationId;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.WorkspaceId;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The SQL of what is done to whole conversations: copies that are being made, erasing, retention. */
final class ConversationStore {
    /** Made, and not complete yet: nothing can be asked of it. */
    static final String STARTING = "starting";

    private ConversationStore() {}

    /** @param lastActive when something was last asked of it */
    record Conversation(SessionId id, Scope scope, long lastActive, long bytes, long counted) {}

    /** It is complete. */
    static void ready(Tx tx, SessionId id, String state) {
        tx.execute("UPDATE session SET state = ? WHERE id = ? AND state = 'starting'", state, id.value());
    }

    /** Of all workspaces; only for the clean-up. */
    static List<Conversation> starting(View view) {
        return view.list("SELECT * FROM session WHERE state = 'starting'", ConversationStore::row);
    }

    /** Whether it is deleted or not. */
    static Optional<Conversation> find(View view, Scope scope, SessionId id) {
        return view.first(
                "SELECT * FROM session WHERE id = ? AND workspace = ? AND NOT EXISTS"
                        + " (SELECT 1 FROM tombstone WHERE tombstone.id = session.id)",
                ConversationStore::row,
                id.value(),
                scope.workspace().value());
    }

    /** From now on it is deleted and its name is free; false if that was so before. */
    static boolean bury(Tx tx, Conversation conversation, long nowMicros) {
        int buried = tx.update(
                """
                INSERT INTO tombstone (id, kind, organisation, workspace, erased, complete) VALUES (?, 'session', ?, ?, ?, 0)
                ON CONFLICT DO NOTHING\
                """,
                conversation.id().value(),
                conversation.scope().organisation().value(),
                conversation.scope().workspace().value(),
                nowMicros);
        tx.execute(
                "UPDATE session SET state = 'deleted', name = NULL WHERE id = ?",
                conversation.id().value());
        return buried == 1;
    }

    /** As {@link #bury}, unless a turn runs or waits in it or something was asked of it since it was looked at. */
    static boolean buryUnused(Tx tx, Conversation conversation, long nowMicros) {
        boolean unused = tx.update(
                        """
                        UPDATE session SET state = 'deleted' WHERE id = ? AND last_active = ? AND open_turn IS NULL
                          AND NOT EXISTS (SELECT 1 FROM queued_turn WHERE session = ?)\
                        """,
                        conversation.id().value(),
                        conversation.lastActive(),
                        conversation.id().value())
                == 1;
        return unused && bury(tx, conversation, nowMicros);
    }

    /** Nothing but the tombstone is left of it. */
    static void erased(Tx tx, SessionId id) {
        tx.execute("DELETE FROM queued_turn WHERE session = ?", id.value());
        tx.execute("DELETE FROM session WHERE id = ?", id.value());
        tx.execute("UPDATE tombstone SET complete = 1 WHERE id = ?", id.value());
    }

    /** Buried and not erased yet, of all workspaces; only for the clean-up. */
    static List<Conversation> buried(View view) {
        return view.list("""
            SELECT session.* FROM session JOIN tombstone ON tombstone.id = session.id WHERE tombstone.complete = 0\
            """, ConversationStore::row);
    }

    /** Where nothing runs and nothing was asked since then, of all workspaces; only for retention. */
    static List<Conversation> unusedSince(View view, long micros, int limit) {
        return view.list(
                UNUSED + " AND last_active < ? ORDER BY last_active LIMIT ?", ConversationStore::row, micros, limit);
    }

    private static final String UNUSED =
            "SELECT * FROM session WHERE open_turn IS NULL AND state IN ('created', 'idle', 'expired', 'deleted')";

    /** The same of one workspace, the one that was used longest ago first. */
    static List<Conversation> unused(View view, WorkspaceId workspace, int limit) {
        return view.list(
                UNUSED + " AND workspace = ? ORDER BY last_active LIMIT ?",
                ConversationStore::row,
                workspace.value(),
                limit);
    }

    /** A page of all sessions, by id. */
    static List<Conversation> page(View view, String after, int limit) {
        return view.list(
                "SELECT * FROM session WHERE id > ? ORDER BY id LIMIT ?", ConversationStore::row, after, limit);
    }

    static void counted(Tx tx, SessionId id, long bytes, long toSeq) {
        tx.execute("UPDATE session SET bytes = ?, counted = ? WHERE id = ?", bytes, toSeq, id.value());
    }

    /** Workspaces whose sessions take more than that, and what they take. */
    record Full(WorkspaceId workspace, long bytes) {}

    static List<Full> above(View view, long bytes) {
        return view.list(
                "SELECT workspace, SUM(bytes) AS total FROM session GROUP BY workspace HAVING SUM(bytes) > ?",
                rs -> new Full(new WorkspaceId(rs.getString("workspace")), rs.getLong("total")),
                bytes);
    }

    private static Conversation row(ResultSet rs) throws SQLException {
        return new Conversation(
                new SessionId(rs.getString("id")),
                new Scope(
                        new OrganisationId(rs.getString("organisation")),
                        new WorkspaceId(rs.getString("workspace")),
                        new Principal("server", Set.of())),
                rs.getLong("last_active"),
                rs.getLong("bytes"),
                rs.getLong("counted"));
    }
}
