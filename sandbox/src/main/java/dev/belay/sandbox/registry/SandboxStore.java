package dev.belay.sandbox.registry;

import dev.belay.sandbox.IsolationLevel;

import dev.belay.api.OrganisationId;
import dev.belay.api.Principal;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.WorkspaceId;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.util.List;
import java.util.Set;

/** The SQL of the sandbox registry. */
final class SandboxStore {
    private SandboxStore() {}

    record Left(SandboxId id, Scope scope) {}

    static void insert(Tx tx, Scope scope, SandboxId id, String provider, IsolationLevel isolation, long nowMicros) {
        tx.execute(
                """
                INSERT INTO sandbox (id, organisation, workspace, provider, isolation, state, created)
                VALUES (?, ?, ?, ?, ?, 'running', ?)""",
                id.value(),
                scope.organisation().value(),
                scope.workspace().value(),
                provider,
                isolation.word(),
                nowMicros);
    }

    static void destroyed(Tx tx, SandboxId id) {
        tx.execute("UPDATE sandbox SET state = 'destroyed' WHERE id = ?", id.value());
    }

    /** Those of all workspaces: only for the clean-up at start. */
    static List<Left> running(View view) {
        return view.handle()
                .createQuery("SELECT id, organisation, workspace FROM sandbox WHERE state = 'running'")
                .map((rs, ctx) -> new Left(
                        new SandboxId(rs.getString("id")),
                        new Scope(
                                new OrganisationId(rs.getString("organisation")),
                                new WorkspaceId(rs.getString("workspace")),
                                new Principal("server", Set.of()))))
                .list();
    }
}
