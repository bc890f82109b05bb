package dev.belay.sandbox;

import dev.belay.api.SandboxException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Directories of sandboxes on the host. Only for trees in which nothing runs any more: then nobody can swap a link in. */
final class FileTrees {
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
            Files.walkFileTree(tree, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new SandboxException("cannot delete " + tree + ": " + e.getMessage(), e);
        }
    }

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
        content.forEach(FileTrees::delete);
    }
}
