package dev.belay.agent.tool.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines as a model is shown them: right-aligned number, tab, text; a long line is cut with a marker. Built up to a number of characters. */
public final class NumberedLines {
    private static final int LINE_LIMIT = 2000;

    private final StringBuilder shown = new StringBuilder();
    private final int maxChars;
    private long cutBytes;

    public NumberedLines(int maxChars) {
        this.maxChars = maxChars;
    }

    /** The lines of a text without their ends ({@code \n} or {@code \r\n}); an end after the last line begins no further one. */
    public static List<String> split(String text) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int newline = text.indexOf('\n', start);
            int end = newline < 0 ? text.length() : newline;
            boolean carriageReturn = newline > start && text.charAt(newline - 1) == '\r';
            lines.add(text.substring(start, carriageReturn ? end - 1 : end));
            start = end + 1;
        }
        return lines;
    }

    /** Adds a line unless it no longer fits; the first one always does. */
    public boolean add(int number, String line) {
        int end = shownLength(line);
        String mark = end == line.length() ? "" : " [... " + (line.length() - end) + " more characters]";
        String row = String.format(Locale.ROOT, "%6d\t%s%s\n", number, line.substring(0, end), mark);
        if (!shown.isEmpty() && shown.length() + row.length() > maxChars) {
            return false;
        }
        shown.append(row);
        cutBytes += line.substring(end).getBytes(StandardCharsets.UTF_8).length;
        return true;
    }

    private static int shownLength(String line) {
        if (line.length() <= LINE_LIMIT) {
            return line.length();
        }
        return Character.isHighSurrogate(line.charAt(LINE_LIMIT - 1)) ? LINE_LIMIT - 1 : LINE_LIMIT;
    }

    /** Adds a line of its own that is none of the text's. */
    public void note(String text) {
        shown.append(text).append('\n');
    }

    /** Bytes of long lines that were cut away. */
    public long cutBytes() {
        return cutBytes;
    }

    /** All that was added, without a line end after the last. */
    public String text() {
        return shown.isEmpty() ? "" : shown.substring(0, shown.length() - 1);
    }
}
