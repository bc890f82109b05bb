package dev.belay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.belay.api.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteDatabaseTest extends DatabaseContract {
    @TempDir
    Path directory;

    @Override
    Database open() {
        return SqliteDatabase.open(directory.resolve("belay.db"));
    }

    @Test
    void aDamagedFileIsRefusedWithWordsThatSaySo() throws IOException {
        Path file = directory.resolve("damaged.db");
        Files.writeString(file, "This was a database once. ".repeat(1000));

        assertThatThrownBy(() -> SqliteDatabase.open(file))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.code()).isEqualTo("storage_damaged"))
                .hasMessageContaining("damaged.db")
                .hasMessageContaining("restore a backup");
    }

    @Test
    void aFileOfANewerVersionIsRefusedAndLeftAlone() {
        database.write(tx -> tx.update("""
            INSERT INTO flyway_schema_history
                (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
            VALUES (99, '99', 'future', 'SQL', 'V99__future.sql', 1, 'x', 1, 1)"""));

        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.code()).isEqualTo("storage_schema"))
                .hasMessageContaining("newer")
                .hasMessageContaining("99");
        assertThat(database.schemaVersion()).isEqualTo("99");
    }

    @Test
    void anErrorTellsNeitherTheStatementNorTheValuesInIt() {
        assertThatThrownBy(() ->
                        database.write(tx -> tx.update("INSERT INTO nowhere (hash) VALUES (?)", "0123456789abcdef")))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("no such table")
                .message()
                .doesNotContain("INSERT", "0123456789abcdef");
    }

    @Test
    void aDirectoryThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> SqliteDatabase.open(directory.resolve("nowhere/belay.db")))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void aFullDiskIsSaidSoLosesNothingAndIsOverWhenSpaceIsFreed() throws Exception {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root can mount the small file system to fill");
        Path small = Files.createDirectory(directory.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=4m", "belay-test", small.toString());
        try {
            Path ballast = small.resolve("ballast");
            Files.write(ballast, new byte[1 << 20]);
            List<String> acknowledged = new ArrayList<>();
            try (Database full = SqliteDatabase.open(small.resolve("belay.db"))) {
                full.write(tx -> tx.update("CREATE TABLE note (text TEXT NOT NULL)"));

                StorageException refused = catchThrowableOfType(StorageException.class, () -> fill(full, acknowledged));

                assertThat(refused.code()).isEqualTo("storage_full");
                assertThat(refused).hasMessageContaining("free space");
                assertThat(acknowledged).hasSizeGreaterThan(100);
                assertThat(notesIn(full)).containsExactlyElementsOf(acknowledged);
                assertThatThrownBy(() -> full.write(tx -> note(tx, "x".repeat(100_000))))
                        .isInstanceOf(StorageException.class);

                Files.delete(ballast);
                full.write(tx -> note(tx, "written again"));
                acknowledged.add("written again");
            }
            try (Database reopened = SqliteDatabase.open(small.resolve("belay.db"))) {
                assertThat(notesIn(reopened)).containsExactlyElementsOf(acknowledged);
                assertThat(reopened.integrityProblems()).isEmpty();
            }
        } finally {
            run("umount", small.toString());
        }
    }

    private static List<String> notesIn(Database database) {
        return database.read(view -> notes(view));
    }

    private static void fill(Database full, List<String> acknowledged) {
        String filler = " ".repeat(500);
        for (int i = 100_000; i < 200_000; i++) {
            String text = i + filler;
            full.write(tx -> note(tx, text));
            acknowledged.add(text);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ": " + output)
                .isZero();
    }
}
