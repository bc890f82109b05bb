package dev.belay.cli.terminal;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.AbstractDelta;
import com.github.difflib.patch.Chunk;
import com.github.difflib.patch.Patch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The difference of two texts, line by line. */
public final class TextDiff {
    private static final int CONTEXT = 3;
    private static final String NO_LINE_BREAK = "\n\\ No newline at end of file";
    private static final String NOTHING = "/dev/null";

    private TextDiff() {}

    /**
     * A unified diff, with what a patch needs; no lines if the texts are the same.
     *
     * @param before empty for a file that is new
     * @param after empty for one that is gone
     */
    public static List<String> unified(String path, Optional<String> before, Optional<String> after) {
        List<String> old = before.map(TextDiff::lines).orElse(List.of());
        Patch<String> patch = DiffUtils.diff(old, after.map(TextDiff::lines).orElse(List.of()));
        String from = before.isPresent() ? "a/" + path : NOTHING;
        String to = after.isPresent() ? "b/" + path : NOTHING;
        return UnifiedDiffUtils.generateUnifiedDiff(from, to, old, patch, CONTEXT);
    }

    /** What went and what came, with {@code "- "} and {@code "+ "} before it, and nothing of what stayed. */
    public static List<String> changed(String before, String after) {
        List<String> changes = new ArrayList<>();
        for (AbstractDelta<String> delta :
                DiffUtils.diff(lines(before), lines(after)).getDeltas()) {
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

    /** How a line of a diff, of either form, looks. */
    public static String styled(Terminal terminal, String line) {
        String text = Terminal.harmless(line);
        if (text.startsWith("+++") || text.startsWith("---")) {
            return terminal.styled(Style.HEADING, text);
        }
        if (text.startsWith("@@")) {
            return terminal.styled(Style.PLACE, text);
        }
        if (text.startsWith("+")) {
            return terminal.styled(Style.ADDED, text);
        }
        return text.startsWith("-") ? terminal.styled(Style.REMOVED, text) : text;
    }
}
