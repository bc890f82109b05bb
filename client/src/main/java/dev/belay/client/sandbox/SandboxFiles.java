package dev.belay.client.sandbox;

import dev.belay.client.http.Wire;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The files of one sandbox. A path is absolute or relative to {@code /workspace}, and is resolved inside the sandbox. What is streamed is
 * not held in memory, however large, and takes as long as it takes.
 */
public final class SandboxFiles {
    private static final Duration LONGEST_TRANSFER = Duration.ofHours(12);

    private final Wire wire;
    private final String sandbox;

    SandboxFiles(Wire wire, String sandbox) {
        this.wire = wire;
        this.sandbox = sandbox;
    }

    /** What a path names. */
    public enum Kind {
        FILE,
        DIRECTORY,
        LINK,
        OTHER
    }

    /**
     * A file's state.
     *
     * @param path its real path inside
     * @param mode its permissions in octal, for example {@code 0644}
     */
    public record FileStat(String path, Kind kind, long size, String mode, Instant modifiedAt) {}

    /** @param complete false if the limit cut the list */
    public record FileListing(List<FileStat> entries, boolean complete) {
        public FileListing {
            entries = List.copyOf(entries);
        }
    }

    /** What a tree may be packed as. */
    public enum ArchiveFormat {
        TAR("tar"),
        TAR_GZ("tar.gz"),
        ZIP("zip");

        private final String word;

        ArchiveFormat(String word) {
            this.word = word;
        }

        /** Its name, for example {@code tar.gz}. */
        public String word() {
            return word;
        }
    }

    /** What was unpacked. */
    public record UnpackedTree(long entries, long bytes) {}

    /** Replaces the file in one step, making parent directories as needed. */
    public FileStat write(String path, byte[] content) {
        return upload(path, BodyPublishers.ofByteArray(content));
    }

    /**
     * As {@link #write}, from a file of this machine.
     *
     * @throws FileNotFoundException if there is none that can be read
     */
    public FileStat upload(String path, Path file) throws FileNotFoundException {
        return upload(path, BodyPublishers.ofFile(file));
    }

    /** As {@link #write}, from a stream, which is read to its end and closed. */
    public FileStat upload(String path, InputStream content) {
        return upload(path, BodyPublishers.ofInputStream(() -> content));
    }

    private FileStat upload(String path, BodyPublisher body) {
        return SandboxCodec.file(
                wire.json("PUT", at("/files", Map.of("path", path)), body, Wire.BYTES, LONGEST_TRANSFER));
    }

    /** A file's bytes as they come; the caller closes it. */
    public InputStream download(String path) {
        return wire.stream("GET", at("/files", Map.of("path", path)), BodyPublishers.noBody(), Wire.BYTES);
    }

    public FileStat stat(String path) {
        return SandboxCodec.file(wire.call("GET", at("/files/stat", Map.of("path", path))));
    }

    /**
     * What lies beneath a directory, sorted by path; links are listed and not followed.
     *
     * @param depth 1 to 64; 1 is the directory's own entries
     * @param limit 1 to 10,000 entries
     */
    public FileListing list(String path, int depth, int limit) {
        return SandboxCodec.listing(wire.call(
                "GET",
                at(
                        "/files/list",
                        Map.of("path", path, "depth", Integer.toString(depth), "limit", Integer.toString(limit)))));
    }

    /** Makes a directory and its parents; one that is there is fine. */
    public FileStat makeDirectory(String path) {
        return SandboxCodec.file(wire.call(
                "POST",
                at("/files/directory", Map.of()),
                JsonNodeFactory.instance.objectNode().put("path", path),
                Wire.PATIENCE));
    }

    /** Gives a file or directory another path. Nothing is overwritten. */
    public FileStat move(String from, String to) {
        return SandboxCodec.file(wire.call(
                "POST",
                at("/files/move", Map.of()),
                JsonNodeFactory.instance.objectNode().put("from", from).put("to", to),
                Wire.PATIENCE));
    }

    /** Deletes a file, or a directory with all that is in it. */
    public void delete(String path) {
        wire.call("DELETE", at("/files", Map.of("path", path)));
    }

    /** A directory as an archive; the caller closes it. Links and devices are left out. */
    public InputStream pack(String path, ArchiveFormat format) {
        return wire.stream(
                "GET", at("/archive", Map.of("path", path, "format", format.word())), BodyPublishers.noBody(), "*/*");
    }

    /**
     * Unpacks an archive, which is read to its end and closed, into a directory, which is made if absent. Files that are there are replaced;
     * what was unpacked before a refusal stays.
     */
    public UnpackedTree unpack(String directory, ArchiveFormat format, InputStream archive) {
        return SandboxCodec.tree(wire.json(
                "PUT",
                at("/archive", Map.of("path", directory, "format", format.word())),
                BodyPublishers.ofInputStream(() -> archive),
                Wire.BYTES,
                LONGEST_TRANSFER));
    }

    private String at(String rest, Map<String, String> query) {
        return Wire.path(Sandboxes.path(sandbox) + rest, query);
    }
}
