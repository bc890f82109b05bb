package dev.belay.sandbox.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Deletes, as the user that runs it, what that user may not enter and what is another's; started by a test in a process of its own. */
public final class PlainRemovalMain {
    private PlainRemovalMain() {}

    /**
     * Prints what was told and what is left.
     *
     * @param arguments a directory that holds a directory {@code foreign}, with content, of another user
     */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        Path closed = Files.createDirectories(directory.resolve("closed/inner"));
        Files.writeString(closed.resolve("file"), "x");
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(closed.getParent(), PosixFilePermissions.fromString("r-x------"));
        Path shut = Files.createDirectories(directory.resolve("1/2/3/4/5/6/7/8/9/10"));
        Files.setPosixFilePermissions(shut.getParent().getParent(), PosixFilePermissions.fromString("---------"));
        try {
            TreeRemoval.remove(directory.resolve("foreign"));
        } catch (IOException e) {
            System.out.println("told " + e);
        }
        FileTrees.deleteContent(directory);
        try (var left = Files.list(directory)) {
            left.forEach(path -> System.out.println("left " + path.getFileName()));
        }
    }
}
