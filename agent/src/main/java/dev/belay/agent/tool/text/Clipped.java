package dev.belay.agent.tool.text;

import dev.belay.sandbox.CapturedOutput;
import java.nio.charset.StandardCharsets;

/**
 * Output kept to a number of characters: whole, or its beginning and its end around a marker line that says how many bytes were cut.
 *
 * @param cutBytes how many bytes of what the program wrote are not in {@code text}; off by a little where the output is not UTF-8
 */
public record Clipped(String text, long cutBytes) {
    /** Bytes to ask of a sandbox so that {@code maxChars} characters of any UTF-8 are among those that it keeps. */
    public static int bytesFor(int maxChars) {
        return Math.max(1024, 5 * maxChars);
    }

    /** @param output captured with at least {@link #bytesFor} {@code maxChars} */
    public static Clipped of(CapturedOutput output, int maxChars) {
        return of(output.text(), output.totalBytes(), output.cutBytes(), maxChars);
    }

    /** A text that is all there. */
    public static Clipped of(String text, int maxChars) {
        return of(text, utf8Length(text), 0, maxChars);
    }

    private static Clipped of(String text, long totalBytes, long cutBytes, int maxChars) {
        if (text.length() <= maxChars) {
            return new Clipped(text, cutBytes);
        }
        int headEnd = maxChars / 2;
        if (Character.isHighSurrogate(text.charAt(headEnd - 1))) {
            headEnd--;
        }
        int tailStart = text.length() - maxChars / 2;
        if (Character.isLowSurrogate(text.charAt(tailStart))) {
            tailStart++;
        }
        String head = text.substring(0, headEnd);
        String tail = text.substring(tailStart);
        long cut = Math.max(1, totalBytes - utf8Length(head) - utf8Length(tail));
        return new Clipped(head + "\n[... " + cut + " bytes cut ...]\n" + tail, cut);
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
