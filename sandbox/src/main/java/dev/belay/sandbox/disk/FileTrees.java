package dev.belay.sandbox.disk;

import dev.belay.api.SandboxException;
import dev.belay.api.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Directories of sandboxes on the host. */
public final class FileTrees {
    private static final Logger LOG = LoggerFactory.getLogger(FileTrees.class);

    /** With less than this free, what could not be made could not be for want of room. */
    private static final long SOME_ROOM = 64 << 10;

    private FileTrees() {}

    /** Makes a directory, if it is not there; {@link StorageException} {@code storage_full} if the disk is full. */
    public static Path make(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            // The text may reach a model, which has no business with the host's paths.
            LOG.error("cannot make the directory {}: {}", directory, e.toString());
            if (isFull(directory)) {
                throw new StorageException(
                        "storage_full",
                        "there is no room for a sandbox on the server's disk; free space there and try again",
                        e);
            }
            throw new SandboxException("cannot make the sandbox's directory; the server's log says why", e);
        }
    }

    private static boolean isFull(Path directory) {
        try {
            return Files.getFileStore(directory.toAbsolutePath().getParent()).getUsableSpace() < SOME_ROOM;
        } catch (IOException e) {
            return false; // then that is not what is wrong
        }
    }

    /**
     * Deletes a tree without following links; what is already gone is fine. What cannot be deleted is logged and left for the clean-up at
     * the next start: it must neither keep the other sandboxes from closing nor the server from starting.
     */
    public static void delete(Path tree) {
        try {
            TreeRemoval.remove(tree);
        } catch (IOException e) {
            LOG.warn("files of a sandbox are left in {}: {}", tree, e.toString());
        }
    }

    public static void deleteContent(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        List<Path> content;
        try (var stream = Files.list(directory)) {
            content = stream.toList();
        } catch (IOException e) {
            throw new SandboxException("cannot list " + directory + ": " + e.getMessage(), e);
        }
        content.forEach(FileTrees::delete);
    }
}
