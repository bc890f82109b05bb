package dev.belay.agent.context;

import dev.belay.agent.tool.text.CleanText;
import dev.belay.api.FileException;
import dev.belay.sandbox.SandboxFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The text of a file of the workspace: untrusted, without what cannot be seen, and no longer than is asked for.
 *
 * @param cut whether there is more in the file
 */
record WorkspaceText(String text, boolean cut) {
    /** @return empty if there is no such file, or none that the sandbox shows (a link that leads out, a directory) */
    static Optional<WorkspaceText> read(SandboxFiles files, String path, int mostBytes) {
        byte[] bytes;
        try (SandboxFiles.Download file = files.download(path, Long.MAX_VALUE)) {
            bytes = file.content().readNBytes(mostBytes + 1);
        } catch (FileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean cut = bytes.length > mostBytes;
        int end = cut ? mostBytes : bytes.length;
        // A character that the cut would part is left out.
        for (int i = 0; cut && i < 3 && end > 0 && (bytes[end] & 0xc0) == 0x80; i++) {
            end--;
        }
        return Optional.of(
                new WorkspaceText(CleanText.visible(new String(bytes, 0, end, StandardCharsets.UTF_8)), cut));
    }

    /**
     * The text between two lines that say where it begins and ends. They hold a digest of it, which it cannot hold itself, so that nothing in
     * it can pass for its end.
     */
    static String fenced(String text) {
        String mark = Fence.of(text);
        return "BEGIN " + mark + "\n" + text + (text.isEmpty() || text.endsWith("\n") ? "" : "\n") + "END " + mark;
    }
}
