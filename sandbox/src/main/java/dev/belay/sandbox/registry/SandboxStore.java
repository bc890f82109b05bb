package dev.belay.sandbox.registry;

import dev.belay.api.OrganisationId;
import dev.belay.api.Principal;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.WorkspaceId;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.store.StoredJson;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The SQL of the sandbox registry. */
final class SandboxStore {
    private SandboxStore() {}

    /** One that belongs to a session. */
    static void insert(Tx tx, Scope scope, SandboxId id, String provider, IsolationLevel isolation, long nowMicros) {
        tx.execute(
                """
                INSERT INTO sandbox (id, organisation, workspace, provider, isolation, state, created, principal, used)
                VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?)\
                """,
                id.value(),
                scope.organisation().value(),
                scope.workspace().value(),
                provider,
                isolation.word(),
                nowMicros,
                scope.principal().name(),
                nowMicros);
    }

    /** One that is kept, running. */
    static void insert(Tx tx, KeptSandbox sandbox, Optional<SessionId> session) {
        tx.execute(
                """
                INSERT INTO sandbox (id, organisation, workspace, provider, isolation, state, created, kept, principal, request,
                    used, stop_at, destroy_at, session)
                VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)\
                """,
                sandbox.id().value(),
                sandbox.scope().organisation().value(),
                sandbox.scope().workspace().value(),
                sandbox.provider(),
                sandbox.isolation(),
                sandbox.state().word(),
                sandbox.createdMicros(),
                sandbox.principal(),
                StoredJson.encode(sandbox.request().orElseThrow()),
                sandbox.usedMicros(),
                orNull(sandbox.stopAtMicros()),
                orNull(sandbox.destroyAtMicros()),
                session.map(SessionId::value).orElse(null));
    }

    private static @Nullable Long orNull(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }

    static void destroyed(Tx tx, SandboxId id) {
        tx.execute(
                "UPDATE sandbox SET state = 'destroyed', stop_at = NULL, destroy_at = NULL WHERE id = ?", id.value());
    }

    /** Its files stay; until it is started it is only destroyed when its time comes. */
    static void stopped(Tx tx, SandboxId id) {
        tx.execute("UPDATE sandbox SET state = 'stopped', stop_at = NULL WHERE id = ?", id.value());
    }

    /** From one of those states to that one, if it is in one of them now; false if somebody else was faster. */
    static boolean move(Tx tx, SandboxId id, Collection<SandboxState> from, SandboxState to) {
        String places = String.join(", ", Collections.nCopies(from.size(), "?"));
        return tx.update(
                        "UPDATE sandbox SET state = ? WHERE id = ? AND state IN (" + places + ")",
                        Stream.concat(
                                        Stream.of(to.word(), id.value()),
                                        from.stream().map(SandboxState::word))
                                .toArray())
                == 1;
    }

    /** Running again, with what was proven this time. */
    static void started(Tx tx, SandboxId id, IsolationLevel isolation) {
        tx.execute("UPDATE sandbox SET state = 'running', isolation = ? WHERE id = ?", isolation.word(), id.value());
    }

    static void used(Tx tx, SandboxId id, long usedMicros, OptionalLong stopAt, OptionalLong destroyAt) {
        tx.execute(
                "UPDATE sandbox SET used = ?, stop_at = ?, destroy_at = ? WHERE id = ?",
                usedMicros,
                orNull(stopAt),
                orNull(destroyAt),
                id.value());
    }

    static int countKept(View view, Scope scope) {
        return (int) view.number(
                "SELECT count(*) FROM sandbox WHERE workspace = ? AND kept = 1 AND session IS"
                        + " NULL AND state <> 'destroyed'",
                scope.workspace().value());
    }

    static Optional<KeptSandbox> find(View view, Scope scope, SandboxId id) {
        return view.first(
                "SELECT * FROM sandbox WHERE id = ? AND workspace = ?",
                SandboxStore::row,
                id.value(),
                scope.workspace().value());
    }

    static Optional<KeptSandbox> of(View view, Scope scope, SessionId session) {
        return view.first(
                "SELECT * FROM sandbox WHERE session = ? AND workspace = ? AND state <> 'destroyed'",
                SandboxStore::row,
                session.value(),
                scope.workspace().value());
    }

    static List<SandboxId> all(View view, SessionId session) {
        return view.list(
                "SELECT id FROM sandbox WHERE session = ?", rs -> new SandboxId(rs.getString("id")), session.value());
    }

    static void forget(Tx tx, SessionId session) {
        tx.execute("DELETE FROM sandbox WHERE session = ? AND state = 'destroyed'", session.value());
    }

    /** The workspace's kept ones that are not destroyed, oldest first. */
    static List<KeptSandbox> list(View view, Scope scope) {
        return view.list("""
            SELECT * FROM sandbox WHERE workspace = ? AND kept = 1 AND session IS NULL AND state <> 'destroyed'
            ORDER BY created, id\
            """, SandboxStore::row, scope.workspace().value());
    }

    /** Those of all workspaces that are not destroyed: only for the clean-up at start. */
    static List<KeptSandbox> alive(View view) {
        return view.list("SELECT * FROM sandbox WHERE state <> 'destroyed'", SandboxStore::row);
    }

    /** Those of all workspaces whose time has come: only for {@link Deadlines}. */
    static List<KeptSandbox> due(View view, long nowMicros) {
        return view.list("""
            SELECT * FROM sandbox WHERE stop_at <= ? AND state = 'running'
            UNION
            SELECT * FROM sandbox WHERE destroy_at <= ? AND state IN ('running', 'stopped')\
            """, SandboxStore::row, nowMicros, nowMicros);
    }

    /** The next time that something is due. */
    static OptionalLong nextDeadline(View view) {
        return view.list("""
            SELECT min(stop_at) AS next FROM sandbox WHERE stop_at IS NOT NULL AND state = 'running'
            UNION ALL
            SELECT min(destroy_at) FROM sandbox WHERE destroy_at IS NOT NULL AND state IN ('running', 'stopped')\
            """, rs -> number(rs, "next")).stream()
                .filter(OptionalLong::isPresent)
                .mapToLong(OptionalLong::getAsLong)
                .min();
    }

    private static OptionalLong number(ResultSet rs, String column) throws SQLException {
        long value = rs.getLong(column);
        return rs.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static KeptSandbox row(ResultSet rs) throws SQLException {
        boolean kept = rs.getInt("kept") == 1;
        return new KeptSandbox(
                new SandboxId(rs.getString("id")),
                new Scope(
                        new OrganisationId(rs.getString("organisation")),
                        new WorkspaceId(rs.getString("workspace")),
                        new Principal("server", Set.of())),
                rs.getString("principal"),
                kept,
                kept ? Optional.of(StoredJson.decode(rs.getString("request"), SandboxRequest.class)) : Optional.empty(),
                SandboxState.of(rs.getString("state")),
                rs.getString("provider"),
                rs.getString("isolation"),
                rs.getLong("created"),
                rs.getLong("used"),
                number(rs, "stop_at"),
                number(rs, "destroy_at"));
    }
}
