package dev.belay.sandbox;

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
        tx.handle()
                .createUpdate("""
                        INSERT INTO sandbox (id, organisation, workspace, provider, isolation, state, created)
                        VALUES (:id, :organisation, :workspace, :provider, :isolation, 'running', :created)""")
                .bind("id", id.value())
                .bind("organisation", scope.organisation().value())
                .bind("workspace", scope.workspace().value())
                .bind("provider", provider)
                .bind("isolation", isolation.word())
                .bind("created", nowMicros)
                .execute();
    }

    static void destroyed(Tx tx, SandboxId id) {
        tx.handle()
                .createUpdate("UPDATE sandbox SET state = 'destroyed' WHERE id = :id")
                .bind("id", id.value())
                .execute();
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
