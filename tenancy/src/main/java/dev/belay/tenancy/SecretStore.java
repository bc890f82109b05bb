package dev.belay.tenancy;

import dev.belay.api.OrganisationId;
import dev.belay.api.WorkspaceId;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.util.List;

/** The SQL of secrets. */
final class SecretStore {
    private SecretStore() {}

    /** @param master the id of the master key that sealed it */
    record Row(
            OrganisationId organisation,
            WorkspaceId workspace,
            String name,
            String sealed,
            String master,
            long created) {
        /** What the sealed text belongs to; it opens in no other row. */
        String place() {
            return organisation + "/" + workspace + "/" + name;
        }
    }

    static void set(Tx tx, Row row) {
        tx.execute(
                """
                INSERT INTO secret (workspace, name, organisation, sealed, master, created) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (workspace, name)
                DO UPDATE SET sealed = excluded.sealed, master = excluded.master, created = excluded.created\
                """,
                row.workspace().value(),
                row.name(),
                row.organisation().value(),
                row.sealed(),
                row.master(),
                row.created());
    }

    /** Whether there was one. */
    static boolean remove(Tx tx, WorkspaceId workspace, String name) {
        return tx.update("DELETE FROM secret WHERE workspace = ? AND name = ?", workspace.value(), name) == 1;
    }

    /** The secrets of all workspaces: for the start, which makes them known to the redactor. */
    static List<Row> all(View view) {
        return view.list(
                "SELECT * FROM secret ORDER BY workspace, name",
                rs -> new Row(
                        new OrganisationId(rs.getString("organisation")),
                        new WorkspaceId(rs.getString("workspace")),
                        rs.getString("name"),
                        rs.getString("sealed"),
                        rs.getString("master"),
                        rs.getLong("created")));
    }
}
