package dev.belay.store.transfer;

import dev.belay.api.ConfigurationException;
import dev.belay.api.StorageException;
import dev.belay.store.Database;
import dev.belay.store.StoreLocation;
import dev.belay.store.StoredJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Puts a backup into an empty data directory and an empty database. Each row and each file is compared with the backup's hash. */
public final class Restore {
    private Restore() {}

    /** What was restored. */
    public record Restored(String created, long rows, long files) {}

    /**
     * Restores; after a kill, the same call goes on where it was.
     *
     * @param dataDirectory held by the caller; empty but for what Belay keeps for itself
     * @throws ConfigurationException if the archive is none, or not a whole one, or the directory holds something
     * @throws dev.belay.api.ConflictException if the database holds data
     * @throws StorageException if the archive is damaged, of a newer version, or something cannot be written
     */
    public static Restored run(Path archive, StoreLocation store, Path dataDirectory) {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            Manifest manifest = manifest(zip, archive);
            try (Database target = store.openForCopy(Optional.of(manifest.schema()))) {
                if (!target.schemaVersion().equals(manifest.schema())) {
                    throw newer(archive);
                }
                ArchiveRows rows = new ArchiveRows(zip, manifest);
                Intake intake = new Intake(target, store.toString(), rows);
                if (!intake.underWay()) {
                    requireEmpty(dataDirectory);
                }
                intake.take();
                new FileTree(zip, dataDirectory).restore();
                for (Manifest.Contents contents : manifest.tables()) {
                    intake.verify(ArchiveRows.table(contents), contents.rows(), contents.hash());
                }
                intake.complete();
            }
            return new Restored(
                    manifest.created(),
                    manifest.tables().stream()
                            .mapToLong(Manifest.Contents::rows)
                            .sum(),
                    manifest.files());
        } catch (IOException | UncheckedIOException e) {
            throw new StorageException("backup_failed", "cannot restore from " + archive + ": " + e, e);
        }
    }

    private static Manifest manifest(ZipFile zip, Path archive) throws IOException {
        ZipEntry entry = zip.getEntry(Backup.MANIFEST);
        if (entry == null) {
            throw new ConfigurationException(archive + " is not a backup of Belay");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            Manifest manifest =
                    StoredJson.decode(new String(in.readAllBytes(), StandardCharsets.UTF_8), Manifest.class);
            if (manifest.format() > Manifest.FORMAT) {
                throw newer(archive);
            }
            return manifest;
        }
    }

    private static ConfigurationException newer(Path archive) {
        return new ConfigurationException(archive + " was made by a newer version of Belay; restore it with that");
    }

    private static void requireEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<String> found = files.filter(file -> !FileSaver.isOwn(directory, file))
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
            if (!found.isEmpty()) {
                throw new ConfigurationException("the data directory " + directory + " is not empty ("
                        + found.getFirst() + "); choose an empty one with --data");
            }
        }
    }
}
