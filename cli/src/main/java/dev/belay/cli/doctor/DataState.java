package dev.belay.cli.doctor;

import dev.belay.api.BelayException;
import dev.belay.store.DataDirectory;
import dev.belay.store.SqliteDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A data directory as it is found; looking changes nothing.
 *
 * @param state one word: {@code absent}, {@code free}, {@code in_use} (held by a process that does not serve), {@code served}, {@code damaged}
 * @param detail the same for people
 */
record DataState(Path path, String state, String detail, Optional<String> schemaVersion) {
    static DataState of(Path path) {
        Path file = path.resolve("belay.db");
        if (!Files.exists(file)) {
            return new DataState(path, "absent", "not used yet; the first start makes it", Optional.empty());
        }
        try {
            String schema = SqliteDatabase.schemaVersionOf(file);
            return DataDirectory.holder(path)
                    .map(holder -> new DataState(
                            path,
                            holder.url().isPresent() ? "served" : "in_use",
                            holder.url()
                                            .map(url -> "served at " + url + " by process ")
                                            .orElse("in use by process ")
                                    + holder.pid(),
                            Optional.of(schema)))
                    .orElseGet(() -> new DataState(path, "free", "not in use", Optional.of(schema)));
        } catch (BelayException e) {
            return new DataState(path, "damaged", e.text(), Optional.empty());
        }
    }
}
