package dev.belay.sandbox;

import java.util.List;

/**
 * The writable tree of a sandbox. A path is absolute or relative to {@code /workspace} and is resolved inside the sandbox's own view; one
 * that leads out of {@code /workspace} and {@code /tmp}, also through a link, is refused, links that stay inside work. Only regular files
 * are read and written. Every refusal is a {@link dev.belay.api.FileException}.
 */
public interface SandboxFiles {
    /** The whole file; {@code file_too_large} if it holds more than {@code maxBytes}. */
    FileContent read(String path, long maxBytes);

    /** Replaces the file in one step (a reader sees the old or the new content), making parent directories as needed. */
    FileStat write(String path, byte[] content);

    /** As {@link #write(String, byte[])}, but only if there is none; otherwise {@code file_exists}. */
    FileStat create(String path, byte[] content);

    /** As {@link #write(String, byte[])}, but only if the file still is as {@code seen}; otherwise {@code file_changed}. */
    FileStat writeIfUnchanged(String path, byte[] content, FileStat seen);

    FileStat stat(String path);

    /**
     * What lies beneath a directory, sorted by path, {@code depth} levels deep (1 is the directory's own entries), at most {@code limit}
     * entries; links are listed and not followed.
     */
    FileListing list(String path, int depth, int limit);

    /** Removes a file, or a directory with all that is in it. */
    void remove(String path);

    /** A file's bytes and the state they were read in. */
    record FileContent(byte[] bytes, FileStat stat) {}

    /**
     * A file's state.
     *
     * @param path its real path inside the sandbox
     * @param version changes whenever the file does (inode, size and times)
     */
    record FileStat(String path, Kind kind, long size, long modifiedMicros, int mode, String version) {}

    /** @param complete false if {@code limit} cut the list */
    record FileListing(List<FileStat> entries, boolean complete) {
        public FileListing {
            entries = List.copyOf(entries);
        }
    }

    /** What a path names. */
    enum Kind {
        FILE,
        DIRECTORY,
        LINK,
        OTHER
    }
}
