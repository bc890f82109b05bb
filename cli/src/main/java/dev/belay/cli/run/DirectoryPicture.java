package dev.belay.cli.run;

import dev.belay.agent.change.TextDiff;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A directory as it was at one time: every file, with its content if it is small. {@code .git} is left out, links are not followed, and only
 * regular files are opened. Take it while no agent works there.
 *
 * @param files by path relative to the directory, in order
 * @param complete false if there were more files than are looked at
 */
record DirectoryPicture(Map<String, Entry> files, boolean complete) {
    private static final int MAX_FILES = 100_000;
    private static final long KEPT_PER_FILE = 1 << 20;
    private static final long KEPT_IN_ALL = 64 << 20;
    private static final String LEFT_OUT = ".git";

    /** What is known of one file. */
    sealed interface Entry {
        /** UTF-8 text, whole. */
        record Text(String content) implements Entry {}

        /** Anything that is not kept: large, binary, unreadable. Seen to change by size or time. */
        record Opaque(long size, long modifiedMillis) implements Entry {}

        record Link(String target) implements Entry {}
    }

    static DirectoryPicture of(Path directory) {
        Map<String, Entry> files = new TreeMap<>();
        Walk walk = new Walk(directory, files);
        try {
            Files.walkFileTree(directory, walk);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + directory, e);
        }
        return new DirectoryPicture(files, walk.complete);
    }

    private static final class Walk extends SimpleFileVisitor<Path> {
        private final Path root;
        private final Map<String, Entry> files;
        private long kept;
        private boolean complete = true;

        Walk(Path root, Map<String, Entry> files) {
            this.root = root;
            this.files = files;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return directory.endsWith(LEFT_OUT) && !directory.equals(root)
                    ? FileVisitResult.SKIP_SUBTREE
                    : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (files.size() == MAX_FILES) {
                complete = false;
                return FileVisitResult.TERMINATE;
            }
            entry(file, attributes)
                    .ifPresent(entry -> files.put(root.relativize(file).toString(), entry));
            return FileVisitResult.CONTINUE;
        }

        /** A directory or file that cannot be looked at is not part of the picture. */
        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
        }

        private Optional<Entry> entry(Path file, BasicFileAttributes attributes) {
            try {
                if (attributes.isSymbolicLink()) {
                    return Optional.of(
                            new Entry.Link(Files.readSymbolicLink(file).toString()));
                }
                if (!attributes.isRegularFile()) {
                    return Optional.empty();
                }
                Optional<String> text = attributes.size() <= KEPT_PER_FILE && kept + attributes.size() <= KEPT_IN_ALL
                        ? text(file)
                        : Optional.empty();
                text.ifPresent(content -> kept += attributes.size());
                return Optional.of(text.<Entry>map(Entry.Text::new)
                        .orElseGet(() -> new Entry.Opaque(
                                attributes.size(), attributes.lastModifiedTime().toMillis())));
            } catch (IOException e) {
                return Optional.of(new Entry.Opaque(
                        attributes.size(), attributes.lastModifiedTime().toMillis()));
            }
        }

        private static Optional<String> text(Path file) throws IOException {
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                bytes = in.readNBytes((int) KEPT_PER_FILE + 1);
            }
            return TextDiff.text(bytes);
        }
    }
}
