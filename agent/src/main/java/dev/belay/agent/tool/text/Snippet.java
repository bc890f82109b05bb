package dev.belay.agent.tool.text;

import dev.belay.agent.tool.text.TextEdit.Span;
import java.util.Comparator;
import java.util.List;

/** The changed lines of a text with their numbers and a few lines around them. */
public final class Snippet {
    private static final int AROUND = 3;
    private static final int MAX_CHARS = 4000;

    private Snippet() {}

    /** Numbered lines, parts that are apart with a line {@code ...} between; ends with one if not all fit. */
    public static String of(String text, List<Span> changed) {
        List<String> lines = NumberedLines.split(text);
        NumberedLines shown = new NumberedLines(MAX_CHARS);
        int done = 0;
        for (Span span :
                changed.stream().sorted(Comparator.comparingInt(Span::start)).toList()) {
            int first = Math.max(done + 1, TextEdit.lineOf(text, span.start()) - AROUND);
            int last = Math.min(lines.size(), TextEdit.lineOf(text, Math.max(span.start(), span.end() - 1)) + AROUND);
            if (done > 0 && first > done + 1) {
                shown.note("...");
            }
            for (int number = first; number <= last; number++) {
                if (!shown.add(number, lines.get(number - 1))) {
                    shown.note("...");
                    return shown.text();
                }
            }
            done = Math.max(done, last);
        }
        return shown.text();
    }
}
