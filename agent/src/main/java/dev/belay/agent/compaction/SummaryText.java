package dev.belay.agent.compaction;

import dev.belay.agent.model.MessageSize;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Text of a summary while it is written, of no more than a number of bytes. What is quoted cannot pass for what Belay says: each of its lines
 * begins with {@code "> "}, and no line of Belay's does.
 */
final class SummaryText {
    private static final Pattern LINE_END = Pattern.compile("\\R");
    private static final Pattern SPACES = Pattern.compile("[\\s\\p{Cc}\\u0085\\u2028\\u2029]+");
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
        for (String line : LINE_END.split(wellFormed(quoted.strip()), -1)) {
            lines.append(QUOTE).append(CONTROL.matcher(line).replaceAll(" ")).append('\n');
        }
        return add(lines.toString());
    }

    /** Adds lines that another summary has, quoted or not. */
    boolean lines(String earlier) {
        return add(wellFormed(earlier));
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

    boolean isEmpty() {
        return text.isEmpty();
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** In one line, and no longer than so many characters. */
    static String oneLine(String text, int most) {
        // What is not shown need not be looked at.
        String seen = text.length() > 4 * most ? text.substring(0, 4 * most) : text;
        String line = SPACES.matcher(wellFormed(seen)).replaceAll(" ").strip();
        return line.length() > most || seen.length() < text.length() ? cut(line, most) : line;
    }

    /** The beginning and the end of it, in no more than about so many characters. */
    static String middleCut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int headEnd = whole(text, most * 2 / 3);
        int tailStart = whole(text, text.length() - most / 3);
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

    private static String cut(String text, int most) {
        return text.length() < most ? text + "…" : text.substring(0, whole(text, most - 1)) + "…";
    }

    /** The index, or the one before it where it would part a pair of surrogates. */
    private static int whole(String text, int index) {
        return index > 0
                        && index < text.length()
                        && Character.isHighSurrogate(text.charAt(index - 1))
                        && Character.isLowSurrogate(text.charAt(index))
                ? index - 1
                : index;
    }

    /** What the log would not give back as it is, half of a surrogate pair, replaced. */
    private static String wellFormed(String text) {
        StringBuilder clean = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                clean = clean == null ? new StringBuilder(text) : clean;
                clean.setCharAt(i, '\ufffd');
            }
        }
        return clean == null ? text : clean.toString();
    }
}
