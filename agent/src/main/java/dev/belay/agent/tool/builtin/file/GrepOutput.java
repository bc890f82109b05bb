package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.sandbox.CapturedOutput;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * What {@code grep -HZ} printed.
 *
 * @param rows as they came, or only the first of them if grep printed too much
 * @param gaps whether grep set groups of lines apart
 * @param cutBytes how much it printed beyond the rows
 */
record GrepOutput(List<Row> rows, boolean gaps, long cutBytes) {
    private static final int MAX_CHARS = 30_000;
    private static final int MAX_LINE = 500;

    /**
     * One line of it.
     *
     * @param text a line with its number in front, a count, or nothing
     * @param gapBefore whether it begins a group
     */
    record Row(String file, String text, boolean gapBefore) {}

    /** @param named whether there are names alone, each ended by NUL */
    static GrepOutput parse(CapturedOutput output, boolean named) {
        String text = output.text();
        // If the middle is missing, no more than what surely is before it: of equally many bytes the first half may be
        // a third in characters.
        int end = output.cutBytes() > 0 ? text.lastIndexOf(named ? '\0' : '\n', text.length() / 5) + 1 : text.length();
        List<Row> rows = new ArrayList<>();
        boolean gaps = false;
        int at = 0;
        while (at < end) {
            boolean gap = text.startsWith("--\n", at);
            at += gap ? 3 : 0;
            gaps |= gap;
            int nameEnd = text.indexOf('\0', at);
            int lineEnd = named ? nameEnd : text.indexOf('\n', nameEnd);
            if (nameEnd < 0 || lineEnd < 0 || lineEnd >= end) {
                break;
            }
            String file = text.substring(at, nameEnd);
            rows.add(new Row(file, named ? "" : text.substring(nameEnd + 1, lineEnd), gap));
            at = lineEnd + 1;
        }
        return new GrepOutput(rows, gaps, output.cutBytes() == 0 ? 0 : output.totalBytes() - end);
    }

    GrepOutput only(Predicate<Row> wanted) {
        return new GrepOutput(rows.stream().filter(wanted).toList(), gaps, cutBytes);
    }

    /**
     * The rows sorted by file, as many as the model may see, and a note on what is missing.
     *
     * @param complaint what grep could not read; empty if nothing
     */
    ToolOutcome shown(ToolContext context, boolean lineNumbers, long headLimit, String complaint) {
        List<String> lines = lines(context, lineNumbers);
        StringBuilder text = new StringBuilder();
        int count = 0;
        while (count < lines.size()
                && count < headLimit
                && text.length() + lines.get(count).length() < MAX_CHARS) {
            text.append(lines.get(count++)).append('\n');
        }
        if (lines.isEmpty() && cutBytes == 0) {
            text.append("No matches.\n");
        }
        if (cutBytes > 0) {
            text.append("[more than can be shown matches: narrow the pattern, the path or the glob]\n");
        } else if (count < lines.size()) {
            text.append("[").append(lines.size() - count).append(" more lines]\n");
        }
        if (!complaint.isEmpty()) {
            text.append("[not everything could be searched: ")
                    .append(cut(complaint))
                    .append("]\n");
        }
        long unseen = count < headLimit
                ? lines.stream().skip(count).mapToLong(GrepOutput::bytes).sum()
                : 0;
        return new ToolOutcome(text.substring(0, text.length() - 1), false, cutBytes + unseen);
    }

    private List<String> lines(ToolContext context, boolean lineNumbers) {
        List<String> lines = new ArrayList<>();
        String before = "";
        for (Row row : rows.stream().sorted(Comparator.comparing(Row::file)).toList()) {
            if (gaps && !lines.isEmpty() && (row.gapBefore || !row.file.equals(before))) {
                lines.add("--");
            }
            lines.add(context.shortened(row.file) + rest(row.text, lineNumbers));
            before = row.file;
        }
        return lines;
    }

    /** What stands after the name: grep puts a colon after the number of a line that matches and a dash after that of one around it. */
    private static String rest(String text, boolean lineNumbers) {
        if (text.isEmpty()) {
            return "";
        }
        int number = 0;
        while (number < text.length() && Character.isDigit(text.charAt(number))) {
            number++;
        }
        if (number == text.length()) {
            return ":" + text;
        }
        return text.charAt(number) + cut(lineNumbers ? text : text.substring(number + 1));
    }

    private static String cut(String line) {
        return line.length() <= MAX_LINE
                ? line
                : line.substring(0, MAX_LINE) + " [... " + (line.length() - MAX_LINE) + " more characters]";
    }

    private static long bytes(String line) {
        return line.getBytes(StandardCharsets.UTF_8).length + 1L;
    }
}
