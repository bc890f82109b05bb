package dev.belay.store.transfer;

import dev.belay.api.StorageException;
import dev.belay.store.StoredJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The files of a backup. */
final class FileTree {
    private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("rwx------");

    private final ZipFile zip;
    private final Path directory;

    FileTree(ZipFile zip, Path directory) {
        this.zip = zip;
        this.directory = directory.toAbsolutePath().normalize();
    }

    /** Writes all of them. Links come last, so that nothing is written through one. */
    void restore() throws IOException {
        List<FileEntry> entries = entries();
        for (FileEntry entry : entries) {
            switch (entry.kind()) {
                case FileEntry.DIRECTORY -> {
                    Path made = Files.createDirectories(entry.beneath(directory));
                    // One that an earlier try made may have been closed to its owner already.
                    Files.setPosixFilePermissions(made, OPEN);
                }
                case FileEntry.FILE -> write(entry);
                default -> {}
            }
        }
        for (FileEntry entry : entries) {
            if (entry.kind().equals(FileEntry.LINK)) {
                Path link = entry.beneath(directory);
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, Path.of(entry.target()));
            }
        }
        // From the inside out: a directory may not let its owner write, and what is written into it changes its time.
        for (FileEntry entry : entries.reversed()) {
            if (!entry.kind().equals(FileEntry.LINK)) {
                Path place = entry.beneath(directory);
                Files.setPosixFilePermissions(place, PosixFilePermissions.fromString(entry.mode()));
                Files.setLastModifiedTime(place, FileTime.from(entry.modified(), TimeUnit.MICROSECONDS));
            }
        }
    }

    private List<FileEntry> entries() throws IOException {
        try (InputStream in = content(Backup.FILES)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> StoredJson.decode(line, FileEntry.class))
                    .toList();
        }
    }

    private InputStream content(String name) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new StorageException("backup_damaged", "the backup lacks " + name, null);
        }
        return zip.getInputStream(entry);
    }

    private void write(FileEntry entry) throws IOException {
        Path place = entry.beneath(directory);
        Files.createDirectories(place.getParent());
        Files.deleteIfExists(place);
        try (InputStream in = content(FileSaver.entryOf(entry.path()));
                OutputStream out = Files.newOutputStream(place)) {
            DigestOutputStream hashed = new DigestOutputStream(out, MessageDigest.getInstance("SHA-256"));
            in.transferTo(hashed);
            String hash = HexFormat.of().formatHex(hashed.getMessageDigest().digest());
            if (!hash.equals(entry.hash())) {
                throw new StorageException(
                        "backup_damaged", "the file " + entry.path() + " of the backup is not what was saved", null);
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
