package dev.belay.tenancy;

import dev.belay.api.EpochMicros;
import dev.belay.api.KeyId;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.WorkspaceId;
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

    static boolean insert(View view, Organisation organisation) {
        return view.handle()
                        .createUpdate("""
                                INSERT INTO organisation (id, name, created) VALUES (:id, :name, :created)
                                ON CONFLICT DO NOTHING""")
                        .bind("id", organisation.id().value())
                        .bind("name", organisation.name())
                        .bind("created", micros(organisation.created()))
                        .execute()
                == 1;
    }

    static boolean insert(View view, Workspace workspace) {
        return view.handle()
                        .createUpdate("""
                                INSERT INTO workspace (id, organisation, name, created)
                                VALUES (:id, :organisation, :name, :created)
                                ON CONFLICT DO NOTHING""")
                        .bind("id", workspace.id().value())
                        .bind("organisation", workspace.organisation().value())
                        .bind("name", workspace.name())
                        .bind("created", micros(workspace.created()))
                        .execute()
                == 1;
    }

    static boolean insert(View view, ApiKey key, String hash) {
        return view.handle()
                        .createUpdate("""
                                INSERT INTO api_key (id, organisation, workspace, name, hash, hint, permissions, created, expires)
                                VALUES (:id, :organisation, :workspace, :name, :hash, :hint, :permissions, :created, :expires)
                                ON CONFLICT DO NOTHING""")
                        .bind("id", key.id().value())
                        .bind("organisation", key.organisation().value())
                        .bind("workspace", key.workspace().value())
                        .bind("name", key.name())
                        .bind("hash", hash)
                        .bind("hint", key.hint())
                        .bind("permissions", words(key.permissions()))
                        .bind("created", micros(key.created()))
                        .bind("expires", nullableMicros(key.expires()))
                        .execute()
                == 1;
    }

    /** Whether this call revoked it; false if it was revoked before. */
    static boolean revoke(View view, KeyId key, Instant now) {
        return view.handle()
                        .createUpdate("UPDATE api_key SET revoked = :now WHERE id = :id AND revoked IS NULL")
                        .bind("now", micros(now))
                        .bind("id", key.value())
                        .execute()
                == 1;
    }

    static List<Organisation> organisations(View view) {
        return view.handle()
                .createQuery("SELECT id, name, created FROM organisation ORDER BY created, id")
                .map((rs, ctx) -> organisation(rs))
                .list();
    }

    static Optional<Organisation> organisation(View view, OrganisationId id) {
        return view.handle()
                .createQuery("SELECT id, name, created FROM organisation WHERE id = :id")
                .bind("id", id.value())
                .map((rs, ctx) -> organisation(rs))
                .findOne();
    }

    static Optional<Organisation> organisationByName(View view, String name) {
        return view.handle()
                .createQuery("SELECT id, name, created FROM organisation WHERE name = :name")
                .bind("name", name)
                .map((rs, ctx) -> organisation(rs))
                .findOne();
    }

    static List<Workspace> workspaces(View view, OrganisationId organisation) {
        return view.handle()
                .createQuery("""
                        SELECT id, organisation, name, created FROM workspace
                        WHERE organisation = :organisation ORDER BY created, id""")
                .bind("organisation", organisation.value())
                .map((rs, ctx) -> workspace(rs))
                .list();
    }

    static Optional<Workspace> workspace(View view, OrganisationId organisation, WorkspaceId id) {
        return view.handle()
                .createQuery("""
                        SELECT id, organisation, name, created FROM workspace
                        WHERE organisation = :organisation AND id = :id""")
                .bind("organisation", organisation.value())
                .bind("id", id.value())
                .map((rs, ctx) -> workspace(rs))
                .findOne();
    }

    static Optional<Workspace> workspaceByName(View view, OrganisationId organisation, String name) {
        return view.handle()
                .createQuery("""
                        SELECT id, organisation, name, created FROM workspace
                        WHERE organisation = :organisation AND name = :name""")
                .bind("organisation", organisation.value())
                .bind("name", name)
                .map((rs, ctx) -> workspace(rs))
                .findOne();
    }

    static boolean hasKeys(View view) {
        return view.handle()
                .createQuery("SELECT 1 FROM api_key LIMIT 1")
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    static List<ApiKey> keys(View view, OrganisationId organisation) {
        return view.handle()
                .createQuery(SELECT_KEY + "WHERE organisation = :organisation ORDER BY created, id")
                .bind("organisation", organisation.value())
                .map((rs, ctx) -> key(rs))
                .list();
    }

    static Optional<ApiKey> key(View view, OrganisationId organisation, KeyId id) {
        return view.handle()
                .createQuery(SELECT_KEY + "WHERE organisation = :organisation AND id = :id")
                .bind("organisation", organisation.value())
                .bind("id", id.value())
                .map((rs, ctx) -> key(rs))
                .findOne();
    }

    /** The one query without an organisation: the secret is what says which it is. */
    static Optional<ApiKey> keyByHash(View view, String hash) {
        return view.handle()
                .createQuery(SELECT_KEY + "WHERE hash = :hash")
                .bind("hash", hash)
                .map((rs, ctx) -> key(rs))
                .findOne();
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
