package dev.belay.agent.tool.text;

import java.util.regex.Pattern;

/** Text of others, made fit to stand among what Belay says. */
public final class CleanText {
    private static final Pattern SPACES = Pattern.compile("[\\s\\p{Cc}\\u2028\\u2029]+");
    /** Control characters, and those that no reader sees and every model reads. */
    private static final Pattern HIDDEN =
            Pattern.compile("[\\p{Cc}&&[^\\n\\t]]|[\\u202a-\\u202e\\u2066-\\u2069]|[\\x{e0000}-\\x{e007f}]");

    private static final Pattern LINE_END = Pattern.compile("\\r\\n?|[\\u000b\\u000c\\u0085\\u2028\\u2029]");

    private CleanText() {}

    /** In one line, and no longer than so many characters. */
    public static String oneLine(String text, int most) {
        // What is not shown need not be looked at.
        String seen = text.length() > 4 * most ? text.substring(0, 4 * most) : text;
        String line = SPACES.matcher(wellFormed(seen)).replaceAll(" ").strip();
        boolean whole = line.length() <= most && seen.length() == text.length();
        return whole ? line : line.substring(0, whole(line, Math.min(line.length(), most - 1))) + "…";
    }

    /** In lines that end in {@code \n}, without what cannot be seen. */
    public static String visible(String text) {
        return HIDDEN.matcher(LINE_END.matcher(wellFormed(text)).replaceAll("\n"))
                .replaceAll("");
    }

    /** What the log would not give back as it is, half of a surrogate pair, replaced. */
    public static String wellFormed(String text) {
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

    /** The index, or the one before it where it would part a pair of surrogates. */
    public static int whole(String text, int index) {
        return index > 0
                        && index < text.length()
                        && Character.isHighSurrogate(text.charAt(index - 1))
                        && Character.isLowSurrogate(text.charAt(index))
                ? index - 1
                : index;
    }
}
