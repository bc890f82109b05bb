package dev.belay.cli.sandbox;

import dev.belay.api.FileException;
import dev.belay.sandbox.SandboxFiles.TreeWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A directory of this machine that an archive is unpacked into. Nothing is put through a link: what comes out of a sandbox is not trusted. */
final class LocalTarget implements TreeWriter {
    private final Path root;

    LocalTarget(Path root) throws IOException {
        this.root = Files.createDirectories(root).toRealPath();
    }

    @Override
    public void directory(String path) {
        try {
            make(root.resolve(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void file(String path, int mode, InputStream content) throws IOException {
        Path target = root.resolve(path);
        make(target.getParent() == null ? root : target.getParent());
        write(target, mode, content);
    }

    /** Replaces a file, never one that a link leads to. */
    static void write(Path target, int mode, InputStream content) throws IOException {
        try (OutputStream out = Files.newOutputStream(
                target,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS)) {
            content.transferTo(out);
        }
        Files.setPosixFilePermissions(target, FileMode.permissions(mode));
    }

    @Override
    public void mode(String path, int mode) {
        Path target = root.resolve(path);
        try {
            if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
                Files.setPosixFilePermissions(target, FileMode.permissions(mode));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void make(Path directory) throws IOException {
        Path at = root;
        for (Path part : root.relativize(directory)) {
            at = at.resolve(part).normalize();
            if (!at.startsWith(root)) {
                throw new FileException("file_outside", "the archive has a name that leads out of " + root);
            }
            if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(at);
            }
        }
    }

    @Override
    public void finish() {}

    @Override
    public void close() {}
}
