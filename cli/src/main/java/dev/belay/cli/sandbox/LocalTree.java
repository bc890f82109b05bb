package dev.belay.cli.sandbox;

import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import dev.belay.sandbox.SandboxFiles.TreeReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A directory of this machine, or one file, on its way into an archive: directories and regular files, links not followed. */
final class LocalTree implements TreeReader {
    private final Path root;
    private final String name;
    private final Iterator<Path> paths;
    private InputStream content = InputStream.nullInputStream();
    private boolean complete = true;

    /** @param name what a single file is called in the archive; a directory is its content */
    LocalTree(Path root, String name) throws IOException {
        // May be a link, which the user named.
        this.root = root.toRealPath();
        this.name = name;
        try (Stream<Path> walk = Files.walk(this.root)) {
            this.paths = walk.sorted().toList().iterator();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public Optional<FileStat> next() {
        try {
            content.close();
            content = InputStream.nullInputStream();
            while (paths.hasNext()) {
                Optional<FileStat> stat = stat(paths.next());
                if (stat.isPresent()) {
                    return stat;
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<FileStat> stat(Path path) throws IOException {
        String relative = root.relativize(path).toString();
        PosixFileAttributes seen = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (seen.isRegularFile()) {
            content = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS);
            return Optional.of(of(relative.isEmpty() ? name : relative, Kind.FILE, seen));
        }
        if (seen.isDirectory()) {
            return relative.isEmpty() ? Optional.empty() : Optional.of(of(relative, Kind.DIRECTORY, seen));
        }
        complete = false;
        return Optional.empty();
    }

    private static FileStat of(String path, Kind kind, PosixFileAttributes seen) {
        return new FileStat(
                path,
                kind,
                seen.size(),
                seen.lastModifiedTime().to(TimeUnit.MICROSECONDS),
                FileMode.number(seen.permissions()),
                "");
    }

    @Override
    public InputStream content() {
        return content;
    }

    @Override
    public boolean complete() {
        return complete;
    }

    @Override
    public void close() {
        try {
            content.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
