package dev.belay.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

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

    /** Opens a file to be read piece by piece; {@code file_too_large} if it holds more than {@code maxBytes}. */
    Download download(String path, long maxBytes);

    /**
     * As {@link #write(String, byte[])} for what is not held in memory; {@code file_too_large} if {@code content} has more than
     * {@code maxBytes}. What breaks off leaves the file as it was.
     *
     * @throws IOException if {@code content} cannot be read
     */
    FileStat upload(String path, InputStream content, long maxBytes) throws IOException;

    /** Makes a directory and its parents; one that is there is fine. */
    FileStat makeDirectory(String path);

    /** Gives a file or directory another path, whose parents are made. Nothing is overwritten. */
    FileStat move(String from, String to);

    /** Opens a directory, or one file, to be read as a tree. */
    TreeReader readTree(String path);

    /** Opens a directory, made if it is not there, to put a tree into. Files that are there are replaced. */
    TreeWriter writeTree(String path);

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

    /** A file on its way out. For one thread. Reading throws {@link dev.belay.api.BelayException} if the sandbox fails. */
    interface Download extends AutoCloseable {
        /** As it was when it was opened; so many bytes come, fewer only if a program cuts the file meanwhile. */
        FileStat stat();

        InputStream content();

        @Override
        void close();
    }

    /** Directories and regular files beneath a directory, each before what is in it, sorted within its directory. For one thread. */
    interface TreeReader extends AutoCloseable {
        /** The next one, whose path is relative to the directory; empty at the end. What is left of the last one's content is skipped. */
        Optional<FileStat> next();

        /** The bytes of the file that {@link #next} returned. */
        InputStream content();

        /** Whether nothing was left out (links, devices, what cannot be read). Known at the end. */
        boolean complete();

        @Override
        void close();
    }

    /**
     * Puts directories and regular files beneath a directory. Paths are relative to it; no link is followed. What a refusal leaves behind is
     * what was put there before. For one thread.
     */
    interface TreeWriter extends AutoCloseable {
        void directory(String path);

        /** @throws IOException if {@code content} cannot be read */
        void file(String path, int mode, InputStream content) throws IOException;

        /** Gives a file that was put there other rights. */
        void mode(String path, int mode);

        /** Returns when everything is there. */
        void finish();

        @Override
        void close();
    }

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
