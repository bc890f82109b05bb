package dev.belay.agent.change;

import dev.belay.api.FileException;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What lies beneath a directory of a sandbox now: regular files and links, without {@code .git}.
 *
 * @param files by path relative to the directory, in order
 * @param complete false if there is more than is looked at
 */
record SeenTree(SandboxFiles in, String directory, Map<String, FileStat> files, boolean complete) {
    private static final int MOST_ENTRIES = 100_000;
    private static final int DEEPEST = 64;
    /** Up to this the whole tree is read in one go; a larger one file by file, and only so many of them. */
    private static final long READ_AS_A_WHOLE = 512L << 20;

    private static final int MOST_READ_ALONE = 2000;

    /** Takes the bytes of one file. */
    interface Reader {
        void read(String path, FileStat stat, InputStream content) throws IOException;
    }

    static SeenTree of(SandboxFiles in, String directory) {
        SandboxFiles.FileListing listing;
        try {
            listing = in.list(directory, DEEPEST, MOST_ENTRIES);
        } catch (FileException e) {
            // The directory is gone, or something else has its name.
            return new SeenTree(in, directory, Map.of(), true);
        }
        Map<String, FileStat> files = new TreeMap<>();
        for (FileStat stat : listing.entries()) {
            String path = stat.path().substring(directory.length() + 1);
            if ((stat.kind() == Kind.FILE || stat.kind() == Kind.LINK) && !("/" + path).contains("/.git/")) {
                files.put(path, stat);
            }
        }
        return new SeenTree(in, directory, files, listing.complete());
    }

    /** The state of one of its files. */
    FileStat stat(String path) {
        return Objects.requireNonNull(files.get(path), path);
    }

    /** Hands the content of those files to the reader, as far as it can be read; one that is gone by now is not handed out. */
    void read(Predicate<String> wanted, Reader reader) throws IOException {
        long bytes = files.values().stream().mapToLong(FileStat::size).sum();
        if (bytes <= READ_AS_A_WHOLE) {
            readWhole(wanted, reader);
            return;
        }
        int left = MOST_READ_ALONE;
        for (Map.Entry<String, FileStat> file : files.entrySet()) {
            if (wanted.test(file.getKey()) && file.getValue().kind() == Kind.FILE && left-- > 0) {
                try (SandboxFiles.Download download =
                        in.download(file.getValue().path(), Long.MAX_VALUE)) {
                    reader.read(file.getKey(), download.stat(), download.content());
                } catch (FileException e) {
                    // It changed since it was listed.
                }
            }
        }
    }

    private void readWhole(Predicate<String> wanted, Reader reader) throws IOException {
        if (files.keySet().stream().noneMatch(wanted)) {
            return;
        }
        try (SandboxFiles.TreeReader tree = in.readTree(directory)) {
            for (Optional<FileStat> next = tree.next(); next.isPresent(); next = tree.next()) {
                FileStat stat = next.get();
                if (stat.kind() == Kind.FILE && files.containsKey(stat.path()) && wanted.test(stat.path())) {
                    reader.read(stat.path(), stat, tree.content());
                }
            }
        }
    }
}
