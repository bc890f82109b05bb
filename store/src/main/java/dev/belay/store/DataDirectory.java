package dev.belay.store;

import dev.belay.api.ConfigurationException;
import dev.belay.api.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A data directory, held by this process alone. The lock file {@code belay.lock} names the process and, once it serves, its URL, so that the
 * local command line finds the server; the token file {@code belay.token} beside it (mode 0600) lets it in.
 */
public final class DataDirectory implements AutoCloseable {
    private static final String LOCK = "belay.lock";
    private static final String TOKEN = "belay.token";

    private final Path root;
    private final FileChannel channel;
    private final FileLock lock;

    private DataDirectory(Path root, FileChannel channel, FileLock lock) {
        this.root = root;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Makes the directory if it is absent (mode 0700) and locks it.
     *
     * @throws ConfigurationException if another process holds it; the message names that process
     */
    public static DataDirectory lock(Path root) {
        try {
            Path directory = root.toAbsolutePath().normalize();
            if (!Files.isDirectory(directory)) {
                Path parent = directory.getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            FileChannel channel = FileChannel.open(
                    directory.resolve(LOCK),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            FileLock lock = null;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                // Held by this very process: told below like any other holder.
            }
            if (lock == null) {
                channel.close();
                throw new ConfigurationException("the data directory " + directory + " is in use by "
                        + holder(directory)
                                .map(h -> "process " + h.pid()
                                        + h.url().map(u -> " serving " + u).orElse(""))
                                .orElse("another process")
                        + "; stop it, or choose another directory with --data");
            }
            DataDirectory held = new DataDirectory(directory, channel, lock);
            held.announce(Optional.empty());
            return held;
        } catch (IOException e) {
            throw new StorageException("storage_failed", "cannot use the data directory " + root + ": " + e, e);
        }
    }

    /** Who holds a data directory, as its lock file says; empty if nobody does. */
    public static Optional<Holder> holder(Path root) {
        Path file = root.resolve(LOCK);
        try {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            String[] lines = Files.readString(file).split("\n", -1);
            OptionalLong pid =
                    lines[0].isBlank() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(lines[0].strip()));
            if (pid.isEmpty() || ProcessHandle.of(pid.getAsLong()).isEmpty()) {
                return Optional.empty();
            }
            Optional<String> url =
                    lines.length > 1 && !lines[1].isBlank() ? Optional.of(lines[1].strip()) : Optional.empty();
            return Optional.of(new Holder(pid.getAsLong(), url));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The token that lets the local command line into the server that holds the directory; empty if there is none or it is not ours. */
    public static Optional<String> localToken(Path root) {
        try {
            return Optional.of(Files.readString(root.resolve(TOKEN)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** @param url where the process serves, once it does */
    public record Holder(long pid, Optional<String> url) {}

    public Path path() {
        return root;
    }

    /** The directory of that name beneath this one, made if absent. */
    public Path directory(String name) {
        try {
            return Files.createDirectories(root.resolve(name));
        } catch (IOException e) {
            throw new StorageException("storage_failed", "cannot make " + root.resolve(name) + ": " + e, e);
        }
    }

    /** Says where this process serves and leaves the token for the local command line. */
    public void serving(String url, String token) {
        try {
            Path file = root.resolve(TOKEN);
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, token);
            announce(Optional.of(url));
        } catch (IOException e) {
            throw new StorageException("storage_failed", "cannot write to " + root + ": " + e, e);
        }
    }

    private void announce(Optional<String> url) throws IOException {
        byte[] text = (ProcessHandle.current().pid() + "\n" + url.orElse("") + "\n").getBytes(StandardCharsets.UTF_8);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(text), 0);
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(root.resolve(TOKEN));
            if (channel.isOpen()) {
                channel.truncate(0);
                lock.release();
                channel.close();
            }
        } catch (IOException e) {
            throw new StorageException("storage_failed", "cannot release the data directory " + root + ": " + e, e);
        }
    }
}
