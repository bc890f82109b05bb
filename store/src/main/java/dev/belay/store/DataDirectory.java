package dev.belay.store;

import dev.belay.api.ConfigurationException;
import dev.belay.api.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A data directory, held by this process alone. The lock file {@code belay.lock} names the process and, once it serves, its URL, so that the
 * local command line finds the server; the token file {@code belay.token} beside it (mode 0600) lets it in, and {@code belay.certificate} is
 * what the server shows, if it serves with TLS.
 */
public final class DataDirectory implements AutoCloseable {
    private static final String LOCK = "belay.lock";
    private static final String TOKEN = "belay.token";
    private static final String CERTIFICATE = "belay.certificate";
    private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

    /**
     * What this process holds. A lock belongs to the process, and closing any channel on its file gives it up; so the file of a directory that
     * is in here is never opened again.
     */
    private static final Map<Path, DataDirectory> HELD = new ConcurrentHashMap<>();

    private final Path root;
    private final FileChannel channel;
    private volatile Optional<String> url = Optional.empty();

    private DataDirectory(Path root, FileChannel channel) {
        this.root = root;
        this.channel = channel;
    }

    /**
     * Makes the directory if it is absent (mode 0700) and locks it.
     *
     * @throws ConfigurationException if a process holds it; the message names that process
     */
    public static DataDirectory lock(Path root) {
        try {
            Path absolute = root.toAbsolutePath().normalize();
            if (!Files.isDirectory(absolute)) {
                make(absolute);
            }
            Path directory = absolute.toRealPath();
            synchronized (HELD) {
                if (HELD.containsKey(directory)) {
                    throw inUse(directory);
                }
                DataDirectory held = new DataDirectory(directory, lockFile(directory));
                try {
                    held.announce();
                } catch (IOException e) {
                    held.channel.close();
                    throw e;
                }
                HELD.put(directory, held);
                return held;
            }
        } catch (IOException e) {
            throw new StorageException("storage_failed", "cannot use the data directory " + root + ": " + e, e);
        }
    }

    private static void make(Path directory) throws IOException {
        Path parent = directory.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** The open and locked lock file; closing it unlocks. */
    private static FileChannel lockFile(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock() != null;
        } finally {
            if (!locked) {
                channel.close();
            }
        }
        if (!locked) {
            throw inUse(directory);
        }
        return channel;
    }

    private static ConfigurationException inUse(Path directory) {
        String who = holder(directory)
                .map(h ->
                        "process " + h.pid() + h.url().map(u -> " serving " + u).orElse(""))
                .orElse("another process");
        return new ConfigurationException("the data directory " + directory + " is in use by " + who
                + "; stop it, or choose another directory with --data");
    }

    /** Who holds a data directory, as its lock file says; empty if nobody does. */
    public static Optional<Holder> holder(Path root) {
        try {
            Path directory = root.toRealPath();
            DataDirectory held = HELD.get(directory);
            if (held != null) {
                return Optional.of(new Holder(ProcessHandle.current().pid(), held.url));
            }
            Path file = directory.resolve(LOCK);
            String[] lines = Files.readString(file).split("\n", -1);
            if (lines[0].isBlank()) {
                return Optional.empty();
            }
            long pid = Long.parseLong(lines[0].strip());
            Instant written = Files.getLastModifiedTime(file).toInstant();
            Optional<String> url =
                    lines.length > 1 && !lines[1].isBlank() ? Optional.of(lines[1].strip()) : Optional.empty();
            return ProcessHandle.of(pid)
                    .filter(process -> wrote(process, written))
                    .map(process -> new Holder(pid, url));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** A process that is younger than the file only got the number of the one that wrote it. */
    private static boolean wrote(ProcessHandle process, Instant written) {
        return process.info()
                .startInstant()
                .map(start -> start.minus(CLOCK_TOLERANCE).isBefore(written))
                .orElse(true);
    }

    /** The token that lets the local command line into the server that holds the directory; empty if there is none or it is not ours. */
    public static Optional<String> localToken(Path root) {
        try {
            return Optional.of(Files.readString(root.resolve(TOKEN)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The certificate, as PEM, of the server that holds the directory; empty if it serves without TLS. */
    public static Optional<String> certificate(Path root) {
        try {
            return Optional.of(Files.readString(root.resolve(CERTIFICATE)));
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
    public void serving(String servedUrl, String token) {
        try {
            Path file = root.resolve(TOKEN);
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, token);
            url = Optional.of(servedUrl);
            announce();
        } catch (IOException e) {
            throw new StorageException("storage_failed", "cannot write to " + root + ": " + e, e);
        }
    }

    /**
     * Says, before the first connection gets it, which certificate this process shows: the local command line knows the server by it,
     * whatever name and issuer it has.
     */
    public void servesCertificate(String pem) {
        try {
            Path written = Files.writeString(root.resolve(CERTIFICATE + ".new"), pem);
            Files.move(written, root.resolve(CERTIFICATE), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new StorageException("storage_failed", "cannot write to " + root + ": " + e, e);
        }
    }

    private void announce() throws IOException {
        byte[] text = (ProcessHandle.current().pid() + "\n" + url.orElse("") + "\n").getBytes(StandardCharsets.UTF_8);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(text), 0);
    }

    /** Lets go of the directory. Closing it again does nothing. */
    @Override
    public void close() {
        synchronized (HELD) {
            if (!HELD.remove(root, this)) {
                return;
            }
            try (channel) {
                Files.deleteIfExists(root.resolve(TOKEN));
                Files.deleteIfExists(root.resolve(CERTIFICATE));
                channel.truncate(0);
            } catch (IOException e) {
                throw new StorageException("storage_failed", "cannot release the data directory " + root + ": " + e, e);
            }
        }
    }
}
