package dev.belay.sandbox;

import dev.belay.api.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Directories of sandboxes on the host. */
final class FileTrees {
    private static final Logger LOG = LoggerFactory.getLogger(FileTrees.class);

    private FileTrees() {}

    static Path make(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new SandboxException("cannot make the sandbox's directory " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Deletes a tree without following links; what is already gone is fine. */
    static void delete(Path tree) {
        try {
            TreeRemoval.remove(tree);
        } catch (IOException e) {
            throw new SandboxException("cannot delete " + tree + ": " + e.getMessage(), e);
        }
    }

    /** Deletes all that a directory holds. What cannot be deleted is logged and left: it must not keep the server from starting. */
    static void deleteContent(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        List<Path> content;
        try (var stream = Files.list(directory)) {
            content = stream.toList();
        } catch (IOException e) {
            throw new SandboxException("cannot list " + directory + ": " + e.getMessage(), e);
        }
        for (Path tree : content) {
            try {
                delete(tree);
            } catch (SandboxException e) {
                LOG.warn("the files of an earlier sandbox are left behind: {}", e.getMessage());
            }
        }
    }
}
