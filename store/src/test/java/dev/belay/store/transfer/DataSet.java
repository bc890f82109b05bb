package dev.belay.store.transfer;

import dev.belay.store.Database;
import dev.belay.store.StoreLocation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Rows and files to be moved, and what is in a place. */
final class DataSet {
    private DataSet() {}

    static StoreLocation postgres(String url) {
        return StoreLocation.at(url, Optional.empty(), Optional.empty(), Map.of());
    }

    /** Tenants, keys, and sessions with events: texts of every kind, large ones, and none. */
    static void fill(Database database, int sessions, int eventsEach) {
        database.write(tx -> {
            tx.execute("INSERT INTO organisation (id, name, created) VALUES (?, ?, ?)", "o1", "Größe \uD83D\uDE00", 1L);
            tx.execute(
                    "INSERT INTO workspace (id, organisation, name, created) VALUES (?, ?, ?, ?)",
                    "w1",
                    "o1",
                    "main",
                    2L);
            tx.execute("""
                INSERT INTO api_key (id, organisation, workspace, name, hash, hint, permissions, created, expires)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)\
                """, "k1", "o1", "w1", "key", "hash", "h", "run", Long.MAX_VALUE, null);
            return true;
        });
        for (int s = 1; s <= sessions; s++) {
            session(database, s, eventsEach);
        }
    }

    /** One session more. */
    static void session(Database database, int number, int events) {
        database.write(tx -> {
            tx.execute("""
                INSERT INTO session (id, organisation, workspace, engine, agent, model, state, created, last_active)
                VALUES (?, 'o1', 'w1', 'native', 'a', 'm', 'idle', 1, 2)\
                """, "s" + number);
            long stream = tx.number("""
                INSERT INTO stream (kind, ref, organisation, workspace, epoch)
                VALUES ('SESSION', ?, 'o1', 'w1', 1) RETURNING id\
                """, "s" + number);
            for (int e = 1; e <= events; e++) {
                tx.execute(
                        """
                        INSERT INTO event (stream, seq, time, principal, turn, parent, source, kind, version, epoch, body)
                        VALUES (?, ?, ?, 'p', ?, ?, 'native', 'text', 1, 1, ?)\
                        """,
                        stream,
                        (long) e,
                        1_900_000_000_000_000L,
                        e % 2 == 0 ? null : "t",
                        e % 3 == 0 ? 1L : null,
                        "{\"text\":\"" + "ä\\n'\\\\".repeat(e % 50) + "\"}");
            }
            return true;
        });
    }

    /** Count and hash of every table. */
    static Map<String, String> contents(StoreLocation place) {
        try (Database database = place.open()) {
            RowSource rows = DatabaseRows.of("it", database);
            Map<String, String> contents = new TreeMap<>();
            for (Table table : rows.tables()) {
                TableDigest digest = rows.digest(table);
                contents.put(table.name(), digest.rows() + " " + digest.hash());
            }
            return contents;
        }
    }

    /** All files beneath a directory with their modes and contents, but for those that are Belay's own. */
    static Map<String, String> files(Path directory) {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.filter(p -> !p.equals(directory) && !FileSaver.isOwn(directory, p))
                    .toList()) {
                String what = Files.isSymbolicLink(path)
                        ? "link to " + Files.readSymbolicLink(path)
                        : Files.getPosixFilePermissions(path).stream().sorted().toList() + " "
                                + Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                                        .toMillis() + " "
                                + (Files.isDirectory(path) ? "directory" : List.of(Files.readString(path)));
                found.put(directory.relativize(path).toString(), what);
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
