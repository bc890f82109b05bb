package dev.belay.store.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConfigurationException;
import dev.belay.api.ConflictException;
import dev.belay.api.StorageException;
import dev.belay.store.Database;
import dev.belay.store.StoreLocation;
import dev.belay.testpostgres.StoreKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A data set that is saved and brought back. */
@ParameterizedClass
@EnumSource
class BackupTest {
    @Parameter
    StoreKind kind;

    @TempDir
    Path root;

    private Path data;
    private Path restored;
    private Path archive;

    @BeforeEach
    void aDataDirectoryWithFiles() throws IOException {
        data = Files.createDirectory(root.resolve("data"));
        restored = Files.createDirectory(root.resolve("restored"));
        archive = root.resolve("saved.zip");
        Path project = Files.createDirectories(data.resolve("projects/w1/app"));
        Files.writeString(project.resolve("ä.txt"), "ä".repeat(100_000));
        Files.writeString(project.resolve("run.sh"), "echo");
        Files.setPosixFilePermissions(project.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-x--x"));
        Files.createSymbolicLink(project.resolve("link"), Path.of("/nowhere/else"));
        Files.createDirectory(project.resolve("empty"));
        Files.setPosixFilePermissions(project.resolve("empty"), PosixFilePermissions.fromString("r-x------"));
        Files.writeString(data.resolve("belay.token"), "a-token-that-nobody-may-see");
        Files.writeString(data.resolve("belay.master-key"), "a-master-key-that-nobody-may-see");
        Files.writeString(data.resolve("belay.toml"), "[store]\npassword = \"a-password-that-nobody-may-see\"\n");
    }

    private StoreLocation store(Path directory) {
        return kind.url(directory).map(DataSet::postgres).orElseGet(() -> StoreLocation.in(directory));
    }

    private Backup.Saved save() {
        return Backup.make(store(data), data, archive, InstantSource.system());
    }

    private Restore.Restored restore() {
        return Restore.run(archive, store(restored), restored);
    }

    private void fill() {
        try (Database database = store(data).open()) {
            DataSet.fill(database, 3, 400);
        }
    }

    @Test
    void everyRowAndFileComesBackAsItWas() {
        fill();

        Backup.Saved saved = save();
        Restore.Restored back = restore();

        assertThat(saved.skipped()).isEmpty();
        assertThat(back.rows()).isEqualTo(saved.rows()).isGreaterThan(1200);
        assertThat(DataSet.contents(store(restored))).isEqualTo(DataSet.contents(store(data)));
        assertThat(DataSet.files(restored)).isEqualTo(DataSet.files(data)).hasSize(7);
        try (Database database = store(restored).open()) {
            DataSet.session(database, 4, 1);
        }
    }

    @Test
    void neitherTheMasterKeyNorTokenNorConfigurationIsInIt() throws IOException {
        fill();
        save();

        assertThat(Files.getPosixFilePermissions(archive)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (var entry : zip.stream().toList()) {
                assertThat(entry.getName()).doesNotContain("belay.");
                assertThat(new String(zip.getInputStream(entry).readAllBytes())).doesNotContain("nobody-may-see");
            }
        }
    }

    @Test
    void aBackupUnderWriteLoadIsOneStateOfTheDatabase() throws Exception {
        fill();
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger sessions = new AtomicInteger(3);
        CountDownLatch writing = new CountDownLatch(20);
        try (Database database = store(data).open()) {
            Thread writer = Thread.ofVirtual().start(() -> {
                while (!stop.get()) {
                    // Each in one unit: a session with two events.
                    DataSet.session(database, sessions.incrementAndGet(), 2);
                    writing.countDown();
                }
            });
            writing.await();
            int before = sessions.get() - 1;
            save();
            stop.set(true);
            writer.join();

            restore();
            Map<String, String> saved = DataSet.contents(store(restored));
            long savedSessions = rows(saved, "session");
            assertThat(savedSessions).isBetween((long) before, (long) sessions.get());
            assertThat(rows(saved, "stream")).isEqualTo(savedSessions);
            assertThat(rows(saved, "event")).isEqualTo(3 * 400 + (savedSessions - 3) * 2);
        }
    }

    private static long rows(Map<String, String> contents, String table) {
        return Long.parseLong(contents.get(table).split(" ")[0]);
    }

    @Test
    void aBackupOfOneDatabaseIsRestoredIntoTheOther() {
        fill();
        save();
        StoreKind other = kind == StoreKind.SQLITE ? StoreKind.POSTGRESQL : StoreKind.SQLITE;
        StoreLocation target = other.url(restored).map(DataSet::postgres).orElseGet(() -> StoreLocation.in(restored));

        Restore.run(archive, target, restored);

        assertThat(DataSet.contents(target)).isEqualTo(DataSet.contents(store(data)));
    }

    @Test
    void whatIsNotEmptyIsRefused() throws IOException {
        fill();
        save();
        Path file = Files.writeString(restored.resolve("notes.txt"), "mine");
        assertThatThrownBy(this::restore)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("not empty")
                .hasMessageContaining("notes.txt");
        Files.delete(file);

        try (Database database = store(restored).open()) {
            DataSet.fill(database, 1, 1);
        }
        assertThatThrownBy(this::restore)
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("holds data already");
        assertThatThrownBy(this::save)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("exists");
    }

    @Test
    void aBackupThatIsCutShortIsRefused() throws IOException {
        fill();
        save();
        byte[] whole = Files.readAllBytes(archive);
        Files.write(archive, java.util.Arrays.copyOf(whole, whole.length - 100));

        assertThatThrownBy(this::restore).isInstanceOf(StorageException.class);
        assertThat(DataSet.files(restored)).isEmpty();
    }

    @Test
    void aRestoreThatWasKilledGoesOnWhereItWasAndIsNotUsedBefore() throws Exception {
        try (Database database = store(data).open()) {
            DataSet.fill(database, 40, 500);
        }
        Files.setPosixFilePermissions(
                data.resolve("projects/w1/app/run.sh"), PosixFilePermissions.fromString("r--r--r--"));
        save();
        Path other = root.resolve("other.zip");
        Backup.make(store(data), data, other, InstantSource.system());
        String url = kind.url(restored).orElse("");
        StoreLocation target = url.isEmpty() ? StoreLocation.in(restored) : DataSet.postgres(url);
        KilledIntake.start(RestoreMain.class, target, 20_000, archive.toString(), url, restored.toString());

        assertThatThrownBy(target::open).isInstanceOf(StorageException.class).hasMessageContaining("not complete");
        assertThatThrownBy(() -> Restore.run(other, target, restored))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("is not complete");
        // As if it had been killed with the files all there.
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            new FileTree(zip, restored).restore();
        }

        Restore.run(archive, target, restored);

        assertThat(DataSet.contents(target)).isEqualTo(DataSet.contents(store(data)));
        assertThat(DataSet.files(restored)).isEqualTo(DataSet.files(data)).hasSize(7);
    }

    /** What runs in the process that is killed. */
    static final class RestoreMain {
        public static void main(String[] arguments) {
            Path restored = Path.of(arguments[2]);
            Restore.run(
                    Path.of(arguments[0]),
                    arguments[1].isEmpty() ? StoreLocation.in(restored) : DataSet.postgres(arguments[1]),
                    restored);
        }
    }
}
