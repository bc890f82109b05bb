package dev.belay.sandbox.disk;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * Deletes a tree that untrusted programs have filled. Every name is taken relative to an open directory and no link is followed, so that a
 * program that should be dead and is not yet cannot lead this elsewhere. A tree may be deeper than any path and than the open files of
 * this process: what lies too deep is moved up to the top first.
 */
final class TreeRemoval {
    /** Also keeps every path that is used at all within the 4096 bytes that the kernel takes, whatever the names. */
    private static final int KEEP_OPEN = 8;

    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rwx------");

    private final SecureDirectoryStream<Path> top;
    private final Path topPath;
    private int moved;
    private Optional<IOException> failure = Optional.empty();

    private TreeRemoval(SecureDirectoryStream<Path> top, Path topPath) {
        this.top = top;
        this.topPath = topPath;
    }

    /**
     * Deletes the tree; one that is not there is fine.
     *
     * @throws IOException the first of what could not be deleted, after all the rest was
     */
    static void remove(Path tree) throws IOException {
        Path whole = tree.toAbsolutePath();
        Path name = whole.getFileName();
        try (DirectoryStream<Path> above = Files.newDirectoryStream(whole.getParent())) {
            if (!(above instanceof SecureDirectoryStream<Path> parent)) {
                throw new IOException("this system cannot open files relative to a directory");
            }
            Optional<PosixFileAttributes> attributes = attributes(parent, name);
            if (attributes.isEmpty()) {
                return;
            }
            if (!attributes.get().isDirectory()) {
                parent.deleteFile(name);
                return;
            }
            open(parent, name, whole, attributes.get());
            TreeRemoval last;
            do {
                try (SecureDirectoryStream<Path> top = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                    last = new TreeRemoval(top, whole);
                    last.empty(top, whole, 1);
                }
            } while (last.moved > 0);
            if (last.failure.isPresent()) {
                throw last.failure.get();
            }
            parent.deleteDirectory(name);
        } catch (NoSuchFileException e) {
            // nothing there, or gone meanwhile
        }
    }

    private void empty(SecureDirectoryStream<Path> directory, Path path, int depth) {
        try {
            for (Path entry : directory) {
                Path name = entry.getFileName();
                try {
                    remove(directory, name, path.resolve(name), depth);
                } catch (NoSuchFileException e) {
                    // gone meanwhile
                } catch (IOException e) {
                    note(e);
                }
            }
        } catch (DirectoryIteratorException e) {
            note(new IOException("cannot list " + path, e));
        }
    }

    private void note(IOException e) {
        failure = failure.or(() -> Optional.of(e));
    }

    private void remove(SecureDirectoryStream<Path> directory, Path name, Path path, int depth) throws IOException {
        Optional<PosixFileAttributes> attributes = attributes(directory, name);
        if (attributes.isEmpty()) {
            return;
        }
        if (!attributes.get().isDirectory()) {
            directory.deleteFile(name);
            return;
        }
        open(directory, name, path, attributes.get());
        if (depth == KEEP_OPEN) {
            directory.move(name, top, freeName());
            return;
        }
        try (SecureDirectoryStream<Path> below = directory.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            empty(below, path, depth + 1);
        }
        directory.deleteDirectory(name);
    }

    private Path freeName() throws IOException {
        Path name;
        do {
            name = topPath.getFileSystem().getPath("moved-" + moved++);
        } while (attributes(top, name).isPresent());
        return name;
    }

    private static Optional<PosixFileAttributes> attributes(SecureDirectoryStream<Path> directory, Path name)
            throws IOException {
        try {
            return Optional.of(view(directory, name).readAttributes());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static PosixFileAttributeView view(SecureDirectoryStream<Path> directory, Path name) {
        return directory.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** Lets its owner into a directory whose rights a program took away. */
    private static void open(SecureDirectoryStream<Path> parent, Path name, Path path, PosixFileAttributes attributes)
            throws IOException {
        if (attributes.permissions().containsAll(OWNER)) {
            return;
        }
        try {
            view(parent, name).setPermissions(OWNER);
        } catch (AccessDeniedException e) {
            // Nobody but root can open it to change it; by its path a plain user can reach only what is that user's
            // own.
            Files.setPosixFilePermissions(path, OWNER);
        }
    }
}
