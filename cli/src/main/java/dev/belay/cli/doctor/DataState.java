package dev.belay.cli.doctor;

import dev.belay.api.BelayException;
import dev.belay.store.DataDirectory;
import dev.belay.store.StoreLocation;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A data directory and its database as they are found; looking changes nothing.
 *
 * @param state one word: {@code absent}, {@code free}, {@code in_use} (held by a process that does not serve), {@code served}, {@code damaged}
 *     (or not to be reached)
 * @param detail the same for people
 */
record DataState(Path path, String state, String detail, StoreLocation store, Optional<String> schemaVersion) {
    static DataState of(Path path, StoreLocation store) {
        try {
            Optional<String> schema = store.schemaVersion();
            Optional<DataDirectory.Holder> holder = DataDirectory.holder(path);
            if (holder.isPresent()) {
                return served(path, holder.get(), store, schema);
            }
            return schema.isEmpty()
                    ? new DataState(path, "absent", "not used yet; the first start makes it", store, schema)
                    : new DataState(path, "free", "not in use", store, schema);
        } catch (BelayException e) {
            return new DataState(path, "damaged", e.text(), store, Optional.empty());
        }
    }

    private static DataState served(
            Path path, DataDirectory.Holder holder, StoreLocation store, Optional<String> schema) {
        return new DataState(
                path,
                holder.url().isPresent() ? "served" : "in_use",
                holder.url().map(url -> "served at " + url + " by process ").orElse("in use by process ")
                        + holder.pid(),
                store,
                schema);
    }

    /** The kind of database. */
    String kind() {
        return switch (store) {
            case StoreLocation.SqliteFile _ -> "SQLite";
            case StoreLocation.Postgres _ -> "PostgreSQL";
        };
    }
}
