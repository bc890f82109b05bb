package dev.belay.agent.change;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.AbstractDelta;
import com.github.difflib.patch.Chunk;
import com.github.difflib.patch.Patch;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The difference of two texts, line by line. */
public final class TextDiff {
    private static final int CONTEXT = 3;
    private static final String NO_LINE_BREAK = "\n\\ No newline at end of file";
    private static final String NOTHING = "/dev/null";

    private TextDiff() {}

    /** What the bytes say, if they are UTF-8 without NUL. */
    public static Optional<String> text(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /**
     * A unified diff, with what a patch needs; no lines if the texts are the same.
     *
     * @param before empty for a file that is new
     * @param after empty for one that is gone
     */
    public static List<String> unified(String path, Optional<String> before, Optional<String> after) {
        List<String> old = before.map(TextDiff::lines).orElse(List.of());
        Patch<String> patch = DiffUtils.diff(old, after.map(TextDiff::lines).orElse(List.of()), new LineDiff());
        String from = before.isPresent() ? name("a/" + path) : NOTHING;
        String to = after.isPresent() ? name("b/" + path) : NOTHING;
        return UnifiedDiffUtils.generateUnifiedDiff(from, to, old, patch, CONTEXT);
    }

    /** As Git writes it: no name can end its line early, and a blank does not end the name. */
    static String name(String path) {
        if (path.chars().noneMatch(c -> c < ' ' || c == 127 || c == '"' || c == '\\')) {
            return path.indexOf(' ') < 0 ? path : path + "\t";
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b >= ' ' && b < 127 && b != '"' && b != '\\';
            quoted.append(plain ? String.valueOf((char) b) : "\\%03o".formatted(b & 0xff));
        }
        return quoted.append('"').toString();
    }

    /** What went and what came, with {@code "- "} and {@code "+ "} before it, and nothing of what stayed. */
    public static List<String> changed(String before, String after) {
        List<String> changes = new ArrayList<>();
        for (AbstractDelta<String> delta :
                DiffUtils.diff(lines(before), lines(after), new LineDiff()).getDeltas()) {
            marked("- ", delta.getSource(), changes);
            marked("+ ", delta.getTarget(), changes);
        }
        return changes;
    }

    private static void marked(String mark, Chunk<String> chunk, List<String> into) {
        chunk.getLines().forEach(line -> into.add(mark + line.replace(NO_LINE_BREAK, "")));
    }

    /** The lines of a text; a last one without a line break says so, as in a patch. */
    private static List<String> lines(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
        if (lines.getLast().isEmpty()) {
            lines.removeLast();
        } else {
            lines.set(lines.size() - 1, lines.getLast() + NO_LINE_BREAK);
        }
        return lines;
    }
}
