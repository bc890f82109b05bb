package dev.belay.sandbox.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A private directory of one provider for the helper and its sockets. Named after its process, so that a later one can remove what a killed
 * one left.
 */
final class RuntimeDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeDirectory.class);
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Pattern NAME = Pattern.compile("belay-(\\d+)-(\\d+)-.*");

    private final Path path;

    private RuntimeDirectory(Path path) {
        this.path = path;
    }

    static RuntimeDirectory in(Path parent, RandomGenerator random) {
        try {
            Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(PRIVATE));
            ProcessHandle self = ProcessHandle.current();
            // Short, because a socket's whole path has to fit into 106 bytes.
            String name = "belay-%d-%d-%06x".formatted(self.pid(), startOf(self), random.nextInt(1 << 24));
            Path own = Files.createDirectory(parent.resolve(name), PosixFilePermissions.asFileAttribute(PRIVATE));
            removeLeftOvers(parent, Files.getOwner(own));
            return new RuntimeDirectory(own);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a runtime directory for sandboxes in " + parent, e);
        }
    }

    Path path() {
        return path;
    }

    private static long startOf(ProcessHandle process) {
        return process.info()
                .startInstant()
                .map(start -> start.getEpochSecond() % 1_000_000)
                .orElse(0L);
    }

    private static void removeLeftOvers(Path parent, UserPrincipal owner) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, "belay-*-*-*")) {
            for (Path entry : entries) {
                Matcher name = NAME.matcher(entry.getFileName().toString());
                if (name.matches() && isOurs(entry, owner) && !isAlive(name.group(1), name.group(2))) {
                    delete(entry);
                }
            }
        }
    }

    /** Others may write to the parent too: a link of theirs, or a directory, is not to be emptied. */
    private static boolean isOurs(Path entry, UserPrincipal owner) throws IOException {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(entry, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isDirectory() && attributes.owner().equals(owner);
        } catch (NoSuchFileException e) {
            return false; // another one was faster
        }
    }

    private static boolean isAlive(String pid, String start) {
        try {
            return ProcessHandle.of(Long.parseLong(pid))
                    .filter(process -> startOf(process) == Long.parseLong(start))
                    .isPresent();
        } catch (NumberFormatException e) {
            return true; // not a name of ours
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.warn("Could not remove the runtime directory {} of sandboxes: {}", directory, e.toString());
        }
    }

    @Override
    public void close() {
        delete(path);
    }
}
