package dev.belay.agent.compaction;

import dev.belay.agent.model.MessageSize;
import dev.belay.agent.tool.text.CleanText;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Text of a summary while it is written, of no more than a number of bytes. What is quoted cannot pass for what Belay says: each of its lines
 * begins with {@code "> "}, and no line of Belay's does.
 */
final class SummaryText {
    private static final Pattern LINE_END = Pattern.compile("\\R");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\t]]");
    private static final String QUOTE = "> ";

    private final StringBuilder text = new StringBuilder();
    private long left;

    SummaryText(long mostBytes) {
        this.left = mostBytes;
    }

    /** Adds a line of Belay's own; false, and nothing is added, if it does not fit. */
    boolean line(String line) {
        return add(line + "\n");
    }

    /** Adds a quotation; false, and nothing is added, if it does not fit. */
    boolean quote(String quoted) {
        if (quoted.length() > left) {
            return false;
        }
        StringBuilder lines = new StringBuilder(quoted.length() + 16);
        for (String line : LINE_END.split(CleanText.wellFormed(quoted.strip()), -1)) {
            lines.append(QUOTE).append(CONTROL.matcher(line).replaceAll(" ")).append('\n');
        }
        return add(lines.toString());
    }

    /** Adds lines that another summary has, quoted or not. */
    boolean lines(String earlier) {
        return add(CleanText.wellFormed(earlier));
    }

    private boolean add(String more) {
        long bytes = MessageSize.bytes(more);
        if (bytes > left) {
            return false;
        }
        left -= bytes;
        text.append(more);
        return true;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** The beginning and the end of it, in no more than about so many characters. */
    static String middleCut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int headEnd = CleanText.whole(text, most * 2 / 3);
        int tailStart = CleanText.whole(text, text.length() - most / 3);
        return text.substring(0, headEnd) + "\n[... " + (tailStart - headEnd) + " characters left out ...]\n"
                + text.substring(tailStart);
    }

    /** The lines at the beginning and at the end, as many as fit into so many bytes. */
    static String middleLines(String text, long mostBytes) {
        if (MessageSize.bytes(text) <= mostBytes) {
            return text;
        }
        List<String> lines = text.lines().toList();
        long left = mostBytes - 40;
        int head = 0;
        int tail = lines.size();
        // Two lines of the beginning for each of the end: what is oldest has been summarised most already.
        for (boolean more = true; more && head < tail; ) {
            more = false;
            for (int i = 0; i < 2 && head < tail && size(lines.get(head)) <= left; i++) {
                left -= size(lines.get(head++));
                more = true;
            }
            if (head < tail && size(lines.get(tail - 1)) <= left) {
                left -= size(lines.get(--tail));
                more = true;
            }
        }
        StringBuilder kept = new StringBuilder();
        lines.subList(0, head).forEach(line -> kept.append(line).append('\n'));
        kept.append("(").append(tail - head).append(" lines left out)\n");
        lines.subList(tail, lines.size()).forEach(line -> kept.append(line).append('\n'));
        return left < 0 ? "" : kept.toString();
    }

    private static long size(String line) {
        return MessageSize.bytes(line) + 1;
    }
}
