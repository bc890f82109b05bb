package dev.belay.store.transfer;

import dev.belay.api.ConfigurationException;
import dev.belay.api.StorageException;
import dev.belay.store.StoreLocation;
import dev.belay.store.StoredJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a data set into one file, a ZIP archive: every row of one state of the database, and the files of the data directory as they are
 * found. Reads beside a server that writes. What Belay keeps for itself in the data directory (names that begin with {@code belay}: the
 * database file, the token, the master key, the configuration) is left out.
 */
public final class Backup {
    static final String MANIFEST = "manifest.json";
    static final String FILES = "files.jsonl";

    private Backup() {}

    /**
     * What was saved.
     *
     * @param skipped files that could not be read, with the reason
     */
    public record Saved(Path archive, long rows, long files, List<String> skipped) {}

    /**
     * Makes the archive, readable for its owner alone; it has its name once it is complete.
     *
     * @throws ConfigurationException if there is no data set, or the archive exists
     * @throws StorageException if the database cannot be read or the archive not be written
     */
    public static Saved make(StoreLocation store, Path dataDirectory, Path archive, InstantSource clock) {
        if (Files.exists(archive)) {
            throw new ConfigurationException(archive + " exists already; choose another name");
        }
        Path partial = archive.resolveSibling(archive.getFileName() + ".partial");
        try (Connection snapshot = store.snapshot()
                .orElseThrow(() -> new ConfigurationException("there is no database to save: " + store))) {
            Saved saved;
            try (OutputStream file = create(partial);
                    ZipOutputStream zip = new ZipOutputStream(file)) {
                List<Manifest.Contents> tables = saveTables(zip, store, snapshot);
                String schema = schema(snapshot);
                FileSaver files = new FileSaver(zip, dataDirectory, archive);
                files.save();
                Manifest manifest = new Manifest(
                        Manifest.FORMAT,
                        UUID.randomUUID().toString(),
                        clock.instant().toString(),
                        store.toString(),
                        schema,
                        tables,
                        files.count());
                entry(zip, MANIFEST, StoredJson.encode(manifest));
                long rows = tables.stream().mapToLong(Manifest.Contents::rows).sum();
                saved = new Saved(archive, rows, files.count(), files.skipped());
            } catch (IOException | SQLException | RuntimeException | Error e) {
                Files.deleteIfExists(partial);
                throw e;
            }
            try (FileChannel written = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(partial, archive, StandardCopyOption.ATOMIC_MOVE);
            return saved;
        } catch (IOException e) {
            throw new StorageException("backup_failed", "cannot write the backup " + archive + ": " + e, e);
        } catch (SQLException e) {
            throw new StorageException("backup_failed", "cannot read the database " + store + ": " + e.getMessage(), e);
        }
    }

    private static OutputStream create(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.newOutputStream(file);
    }

    private static List<Manifest.Contents> saveTables(ZipOutputStream zip, StoreLocation store, Connection snapshot)
            throws IOException, SQLException {
        RowSource source = DatabaseRows.of(store.toString(), snapshot);
        if (Table.exists(snapshot, "store_copy")
                && !first(snapshot, "SELECT source FROM store_copy LIMIT 1").isEmpty()) {
            throw new ConfigurationException("the database " + store + " is a copy that is not complete");
        }
        List<Manifest.Contents> contents = new ArrayList<>();
        for (Table table : source.tables()) {
            TableDigest digest = new TableDigest();
            zip.putNextEntry(new ZipEntry(entryOf(table.name())));
            source.read(table, RowSource.Position.BEGINNING, slice -> {
                StringBuilder lines = new StringBuilder();
                slice.forEach(row -> {
                    digest.add(row);
                    lines.append(StoredJson.encode(row)).append('\n');
                });
                write(zip, lines.toString());
            });
            zip.closeEntry();
            contents.add(new Manifest.Contents(table.name(), table.columnNames(), digest.rows(), digest.hash()));
        }
        return contents;
    }

    /** Where the rows of a table are in the archive: a JSON array a line, in the order of the manifest's columns. */
    static String entryOf(String table) {
        return "tables/" + table + ".jsonl";
    }

    private static String schema(Connection snapshot) throws SQLException {
        return first(snapshot, """
            SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL
            ORDER BY installed_rank DESC LIMIT 1\
            """);
    }

    private static String first(Connection snapshot, String sql) throws SQLException {
        try (Statement statement = snapshot.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    static void entry(ZipOutputStream zip, String name, String text) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(text.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }

    private static void write(ZipOutputStream zip, String text) {
        try {
            zip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new StorageException("backup_failed", "cannot write the backup: " + e, e);
        }
    }
}
