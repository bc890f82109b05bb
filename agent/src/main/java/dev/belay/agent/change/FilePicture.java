package dev.belay.agent.change;

import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.store.StoredJson;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Files beneath a directory of a sandbox as they were at one time, kept on the host: each file's state, and copies of small texts. Two files
 * in a directory of its own, {@code picture.jsonl} (first what it is of, then a file a line) and {@code copies}.
 *
 * @param files by path relative to {@code directory}, in order
 * @param complete false if there was more than was looked at
 */
public record FilePicture(String directory, Map<String, SeenFile> files, boolean complete, Path copies) {
    /** Of one text of which a copy is kept, in bytes. */
    public static final int KEPT_PER_FILE = 1 << 20;
    /** Of all copies together, in bytes. */
    public static final long KEPT_IN_ALL = 64 << 20;

    private static final String INDEX = "picture.jsonl";
    private static final String COPIES = "copies";

    record Header(String directory, boolean complete) {}

    /**
     * A file as it was.
     *
     * @param version as {@link FileStat#version}
     * @param link whether it was a symbolic link
     * @param sha256 of its content, where that was read
     * @param at where in the copies its text begins, if one is kept
     */
    record SeenFile(
            String path, String version, boolean link, long size, int mode, Optional<String> sha256, OptionalLong at) {}

    /** What was there when nothing was. */
    public static FilePicture empty(String directory) {
        return new FilePicture(directory, Map.of(), true, Path.of("/dev/null"));
    }

    /**
     * Takes a picture and keeps it in that directory of the host, which is made. One that broke off is none.
     *
     * @param directory absolute, inside the sandbox
     */
    public static void take(SandboxFiles files, String directory, Path into) throws IOException {
        Files.createDirectories(into);
        SeenTree tree = SeenTree.of(files, directory);
        Map<String, SeenFile> read = new HashMap<>();
        try (OutputStream copies = Files.newOutputStream(into.resolve(COPIES))) {
            long[] kept = {0};
            tree.read(_ -> true, (path, stat, content) -> {
                SeenContent seen = SeenContent.of(content, KEPT_PER_FILE);
                OptionalLong at = OptionalLong.empty();
                if (seen.text().isPresent() && kept[0] + seen.size() <= KEPT_IN_ALL) {
                    at = OptionalLong.of(kept[0]);
                    copies.write(seen.start());
                    kept[0] += seen.size();
                }
                read.put(
                        path,
                        new SeenFile(
                                path,
                                tree.stat(path).version(),
                                false,
                                seen.size(),
                                stat.mode(),
                                Optional.of(seen.sha256()),
                                at));
            });
        }
        Path unfinished = into.resolve(INDEX + ".new");
        try (BufferedWriter out = Files.newBufferedWriter(unfinished)) {
            out.write(StoredJson.encode(new Header(directory, tree.complete())) + "\n");
            for (Map.Entry<String, FileStat> file : tree.files().entrySet()) {
                FileStat stat = file.getValue();
                SeenFile seen = read.getOrDefault(
                        file.getKey(),
                        new SeenFile(
                                file.getKey(),
                                stat.version(),
                                stat.kind() == SandboxFiles.Kind.LINK,
                                stat.size(),
                                stat.mode(),
                                Optional.empty(),
                                OptionalLong.empty()));
                out.write(StoredJson.encode(seen) + "\n");
            }
        }
        Files.move(unfinished, into.resolve(INDEX), StandardCopyOption.ATOMIC_MOVE);
    }

    /** The picture that is kept there, if one is. */
    public static Optional<FilePicture> read(Path from) throws IOException {
        if (!Files.exists(from.resolve(INDEX))) {
            return Optional.empty();
        }
        try (BufferedReader in = Files.newBufferedReader(from.resolve(INDEX))) {
            Header header = StoredJson.decode(String.valueOf(in.readLine()), Header.class);
            Map<String, SeenFile> files = new TreeMap<>();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                SeenFile file = StoredJson.decode(line, SeenFile.class);
                files.put(file.path(), file);
            }
            return Optional.of(new FilePicture(header.directory(), files, header.complete(), from.resolve(COPIES)));
        }
    }

    /** The text of which a copy is kept. */
    Optional<String> text(SeenFile file) throws IOException {
        if (file.at().isEmpty()) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
        try (FileChannel in = FileChannel.open(copies)) {
            long at = file.at().getAsLong();
            while (bytes.hasRemaining() && in.read(bytes, at + bytes.position()) >= 0) {
                // Until all of it is there.
            }
        }
        return Optional.of(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    }
}
