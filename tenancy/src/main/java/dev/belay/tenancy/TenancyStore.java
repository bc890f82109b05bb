package dev.belay.tenancy;

import dev.belay.api.EpochMicros;
import dev.belay.api.KeyId;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.WorkspaceId;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The SQL of organisations, workspaces and keys. Inserts answer whether they were done: false means that the name is taken. */
final class TenancyStore {
    private static final String SELECT_KEY = """
        SELECT id, organisation, workspace, name, hint, permissions, created, expires, revoked FROM api_key
        """;

    private TenancyStore() {}

    static boolean insert(Tx tx, Organisation organisation) {
        return tx.update("""
            INSERT INTO organisation (id, name, created) VALUES (?, ?, ?)
            ON CONFLICT DO NOTHING""", organisation.id().value(), organisation.name(), micros(organisation.created())) == 1;
    }

    static boolean insert(Tx tx, Workspace workspace) {
        return tx.update(
                        """
                        INSERT INTO workspace (id, organisation, name, created)
                        VALUES (?, ?, ?, ?)
                        ON CONFLICT DO NOTHING""",
                        workspace.id().value(),
                        workspace.organisation().value(),
                        workspace.name(),
                        micros(workspace.created()))
                == 1;
    }

    static boolean insert(Tx tx, ApiKey key, String hash) {
        return tx.update(
                        """
                        INSERT INTO api_key (id, organisation, workspace, name, hash, hint, permissions, created, expires)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                        ON CONFLICT DO NOTHING""",
                        key.id().value(),
                        key.organisation().value(),
                        key.workspace().value(),
                        key.name(),
                        hash,
                        key.hint(),
                        words(key.permissions()),
                        micros(key.created()),
                        nullableMicros(key.expires()))
                == 1;
    }

    /** Whether this call revoked it; false if it was revoked before. */
    static boolean revoke(Tx tx, KeyId key, Instant now) {
        return tx.update("UPDATE api_key SET revoked = ? WHERE id = ? AND revoked IS NULL", micros(now), key.value())
                == 1;
    }

    static List<Organisation> organisations(View view) {
        return view.list("SELECT id, name, created FROM organisation ORDER BY created, id", TenancyStore::organisation);
    }

    static Optional<Organisation> organisation(View view, OrganisationId id) {
        return view.first(
                "SELECT id, name, created FROM organisation WHERE id = ?", TenancyStore::organisation, id.value());
    }

    static Optional<Organisation> organisationByName(View view, String name) {
        return view.first(
                "SELECT id, name, created FROM organisation WHERE name = ?", TenancyStore::organisation, name);
    }

    static List<Workspace> workspaces(View view, OrganisationId organisation) {
        return view.list("""
            SELECT id, organisation, name, created FROM workspace
            WHERE organisation = ? ORDER BY created, id""", TenancyStore::workspace, organisation.value());
    }

    static Optional<Workspace> workspace(View view, OrganisationId organisation, WorkspaceId id) {
        return view.first("""
            SELECT id, organisation, name, created FROM workspace
            WHERE organisation = ? AND id = ?""", TenancyStore::workspace, organisation.value(), id.value());
    }

    static Optional<Workspace> workspaceByName(View view, OrganisationId organisation, String name) {
        return view.first("""
            SELECT id, organisation, name, created FROM workspace
            WHERE organisation = ? AND name = ?""", TenancyStore::workspace, organisation.value(), name);
    }

    static boolean hasKeys(View view) {
        return view.first("SELECT 1 FROM api_key LIMIT 1", row -> row.getInt(1)).isPresent();
    }

    static List<ApiKey> keys(View view, OrganisationId organisation) {
        return view.list(
                SELECT_KEY + "WHERE organisation = ? ORDER BY created, id", TenancyStore::key, organisation.value());
    }

    static Optional<ApiKey> key(View view, OrganisationId organisation, KeyId id) {
        return view.first(
                SELECT_KEY + "WHERE organisation = ? AND id = ?", TenancyStore::key, organisation.value(), id.value());
    }

    /** The one query without an organisation: the secret is what says which it is. */
    static Optional<ApiKey> keyByHash(View view, String hash) {
        return view.first(SELECT_KEY + "WHERE hash = ?", TenancyStore::key, hash);
    }

    private static Organisation organisation(ResultSet rs) throws SQLException {
        return new Organisation(
                new OrganisationId(rs.getString("id")), rs.getString("name"), instant(rs.getLong("created")));
    }

    private static Workspace workspace(ResultSet rs) throws SQLException {
        return new Workspace(
                new WorkspaceId(rs.getString("id")),
                new OrganisationId(rs.getString("organisation")),
                rs.getString("name"),
                instant(rs.getLong("created")));
    }

    private static ApiKey key(ResultSet rs) throws SQLException {
        return new ApiKey(
                new KeyId(rs.getString("id")),
                new OrganisationId(rs.getString("organisation")),
                new WorkspaceId(rs.getString("workspace")),
                rs.getString("name"),
                rs.getString("hint"),
                permissions(rs.getString("permissions")),
                instant(rs.getLong("created")),
                optionalInstant(rs, "expires"),
                optionalInstant(rs, "revoked"));
    }

    private static Optional<Instant> optionalInstant(ResultSet rs, String column) throws SQLException {
        long micros = rs.getLong(column);
        return rs.wasNull() ? Optional.empty() : Optional.of(instant(micros));
    }

    private static String words(Set<Permission> permissions) {
        return permissions.stream().map(Permission::word).sorted().collect(Collectors.joining(","));
    }

    private static Set<Permission> permissions(String words) {
        return Arrays.stream(words.split(",", -1)).map(Permission::of).collect(Collectors.toUnmodifiableSet());
    }

    private static long micros(Instant instant) {
        return EpochMicros.of(instant);
    }

    private static @Nullable Long nullableMicros(Optional<Instant> instant) {
        return instant.map(TenancyStore::micros).orElse(null);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
