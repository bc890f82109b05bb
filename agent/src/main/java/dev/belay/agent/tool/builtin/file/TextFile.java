package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.ToolContext;
import dev.belay.api.ConflictException;
import dev.belay.api.FileException;
import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.SandboxFiles.FileContent;
import dev.belay.sandbox.SandboxFiles.FileStat;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Text files as the file tools treat them: UTF-8, of a size that fits in memory, changed only as the agent knows them. */
final class TextFile {
    /** The largest file that is read or edited. */
    static final int MAX_BYTES = 10 << 20;

    private static final int LOOKED_AT_FOR_BINARY = 8192;

    private TextFile() {}

    /** The file, and from now on the agent knows it. */
    static FileContent read(String path, ToolContext context) {
        FileContent content = load(path, context);
        context.filesRead().saw(content.stat());
        return content;
    }

    /** The file, if the agent knows it as it is now. */
    static FileContent readKnown(String path, ToolContext context) {
        FileContent content = load(path, context);
        requireKnown(content.stat(), context);
        return content;
    }

    /**
     * Refuses a file that the agent has not read, or that is no longer what it read.
     *
     * @throws ConflictException telling to read it
     */
    static void requireKnown(FileStat now, ToolContext context) {
        Optional<FileStat> seen = context.filesRead().lastSeen(now.path());
        String shown = context.shortened(now.path());
        if (seen.isEmpty()) {
            throw new ConflictException("file_not_read", shown + " exists and you have not read it; Read it first");
        }
        if (!seen.get().version().equals(now.version())) {
            throw changed(shown);
        }
    }

    /** Replaces the file if it still is as {@code seen}; the agent knows the new one. */
    static FileStat replace(FileStat seen, byte[] content, ToolContext context) {
        try {
            FileStat written = context.sandbox().files().writeIfUnchanged(seen.path(), content, seen);
            context.filesRead().saw(written);
            return written;
        } catch (FileException e) {
            throw e.code().equals("file_changed") ? changed(context.shortened(seen.path())) : e;
        }
    }

    static boolean isBinary(byte[] bytes) {
        for (int i = 0; i < Math.min(bytes.length, LOOKED_AT_FOR_BINARY); i++) {
            if (bytes[i] == 0) {
                return true;
            }
        }
        return false;
    }

    /** The text, or empty if the bytes are not UTF-8. */
    static Optional<String> decode(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException _) {
            return Optional.empty();
        }
    }

    /** @throws InvalidRequestException if the text holds half of a surrogate pair, which no file can */
    static byte[] encode(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] exact = new byte[bytes.remaining()];
            bytes.get(exact);
            return exact;
        } catch (CharacterCodingException _) {
            throw new InvalidRequestException(
                    "content",
                    "the text holds half of a surrogate pair (\\ud800 to \\udfff), which is not a character");
        }
    }

    private static FileContent load(String path, ToolContext context) {
        try {
            return context.sandbox().files().read(context.resolve(path), MAX_BYTES);
        } catch (FileException e) {
            throw switch (e.code()) {
                case "file_too_large" ->
                    new FileException(
                            e.code(),
                            path + " holds more than " + (MAX_BYTES >> 20)
                                    + " MiB; look at parts of it with Grep or with Bash (head, tail, sed -n)");
                case "file_outside" ->
                    new FileException(
                            e.code(),
                            path + " is not beneath /workspace or /tmp; Bash can look at what lies elsewhere");
                default -> e;
            };
        }
    }

    private static ConflictException changed(String path) {
        return new ConflictException(
                "file_changed", path + " has changed since you last read it; Read it again before you change it");
    }
}
