package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A look at the database of a server that does not run, at a copy of it: what a killed one left is for its successor to find. */
final class StoredEvents {
    private static final List<String> FILES = List.of("belay.db", "belay.db-wal");

    private StoredEvents() {}

    /** SQLite finds nothing wrong, and every stream counts from 1 without a gap. */
    static void assertSound(Path data) throws Exception {
        assertThat(rows(data, "PRAGMA integrity_check")).containsExactly("ok");
        assertThat(rows(data, """
                        SELECT stream FROM event GROUP BY stream
                        HAVING MIN(seq) <> 1 OR MAX(seq) <> COUNT(*)""")).as("streams with a gap").isEmpty();
    }

    /** No turn is without its one end, and no session waits for one. One that waited for others may have ended before it began. */
    static void assertEveryTurnEnded(Path data) throws Exception {
        assertThat(rows(data, """
                        SELECT stream || ' ' || turn FROM event WHERE turn IS NOT NULL GROUP BY stream, turn
                        HAVING SUM(kind = 'turn.started') + MAX(kind = 'turn.queued') = 0 OR SUM(kind = 'turn.started') > 1
                            OR SUM(kind = 'turn.finished') <> 1"""))
                .as("turns without one beginning and one end")
                .isEmpty();
        assertThat(rows(data, "SELECT turn FROM queued_turn")).isEmpty();
        assertThat(rows(data, "SELECT id FROM session WHERE open_turn IS NOT NULL"))
                .isEmpty();
        assertThat(rows(data, "SELECT id FROM sandbox WHERE state = 'running'")).isEmpty();
    }

    private static List<String> rows(Path data, String sql) throws Exception {
        Path copy = Files.createTempDirectory(data, "copy");
        for (String name : FILES) {
            if (Files.exists(data.resolve(name))) {
                Files.copy(data.resolve(name), copy.resolve(name));
            }
        }
        try {
            return query(copy.resolve("belay.db"), sql);
        } finally {
            try (var files = Files.list(copy)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(copy);
        }
    }

    private static List<String> query(Path database, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                rows.add(result.getString(1));
            }
        }
        return rows;
    }
}
