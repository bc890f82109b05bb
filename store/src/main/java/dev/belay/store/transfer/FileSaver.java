package dev.belay.store.transfer;

import dev.belay.store.StoredJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/** Saves the files of a data directory. They may change meanwhile: what vanishes is left out, what grows is saved as far as it was read. */
final class FileSaver extends SimpleFileVisitor<Path> {
    private final ZipOutputStream zip;
    private final Path directory;
    private final Path archive;
    private final StringBuilder entries = new StringBuilder();
    private final List<String> skipped = new ArrayList<>();
    private final byte[] buffer = new byte[64 << 10];
    private long count;

    /** @param archive the file that is being written, which may lie in the directory */
    FileSaver(ZipOutputStream zip, Path directory, Path archive) {
        this.zip = zip;
        this.directory = directory.toAbsolutePath().normalize();
        this.archive = archive.toAbsolutePath().normalize();
    }

    void save() throws IOException {
        if (Files.isDirectory(directory)) {
            Files.walkFileTree(directory, this);
        }
        Backup.entry(zip, Backup.FILES, entries.toString());
    }

    long count() {
        return count;
    }

    /** What could not be read, with the reason. */
    List<String> skipped() {
        return List.copyOf(skipped);
    }

    /** Whether it is Belay's own and not a part of the data set. */
    static boolean isOwn(Path directory, Path file) {
        return directory.equals(file.getParent())
                && file.getFileName().toString().startsWith("belay");
    }

    @Override
    public FileVisitResult preVisitDirectory(Path found, BasicFileAttributes attributes) throws IOException {
        if (found.equals(directory)) {
            return FileVisitResult.CONTINUE;
        }
        if (isOwn(directory, found)) {
            return FileVisitResult.SKIP_SUBTREE;
        }
        note(found, FileEntry.DIRECTORY, 0, "", "");
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path found, BasicFileAttributes attributes) throws IOException {
        if (isOwn(directory, found)
                || found.equals(archive)
                || found.equals(archive.resolveSibling(archive.getFileName() + ".partial"))) {
            return FileVisitResult.CONTINUE;
        }
        if (attributes.isSymbolicLink()) {
            note(found, FileEntry.LINK, 0, "", Files.readSymbolicLink(found).toString());
        } else if (attributes.isRegularFile()) {
            saveContent(found);
        } else {
            skipped.add(found + ": neither a file nor a directory nor a link");
        }
        return FileVisitResult.CONTINUE;
    }

    private void saveContent(Path found) throws IOException {
        InputStream content;
        try {
            content = Files.newInputStream(found, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            visitFileFailed(found, e);
            return;
        }
        try (content) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            long bytes = 0;
            zip.putNextEntry(new ZipEntry(entryOf(relative(found))));
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                zip.write(buffer, 0, read);
                sha256.update(buffer, 0, read);
                bytes += read;
            }
            zip.closeEntry();
            note(found, FileEntry.FILE, bytes, HexFormat.of().formatHex(sha256.digest()), "");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String entryOf(String path) {
        return "files/" + path;
    }

    private String relative(Path found) {
        return directory.relativize(found).toString();
    }

    private void note(Path found, String kind, long bytes, String hash, String target) {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(found, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            entries.append(StoredJson.encode(new FileEntry(
                            relative(found),
                            kind,
                            kind.equals(FileEntry.LINK) ? "" : PosixFilePermissions.toString(attributes.permissions()),
                            attributes.lastModifiedTime().to(TimeUnit.MICROSECONDS),
                            bytes,
                            hash,
                            target)))
                    .append('\n');
            count++;
        } catch (IOException e) {
            visitFileFailed(found, e);
        }
    }

    @Override
    public FileVisitResult visitFileFailed(Path found, IOException why) {
        if (!(why instanceof NoSuchFileException)) {
            skipped.add(found + ": " + why);
        }
        return FileVisitResult.CONTINUE;
    }

    /** A directory that vanished, or cannot be listed to its end. */
    @Override
    public FileVisitResult postVisitDirectory(Path found, @Nullable IOException why) {
        return why == null ? FileVisitResult.CONTINUE : visitFileFailed(found, why);
    }
}
