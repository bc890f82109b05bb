package dev.belay.agent.tool.text;

import dev.belay.agent.tool.text.TextEdit.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds a text in another, taking {@code \n} and {@code \r\n} as the same. Takes linear time whatever the texts (Knuth, Morris, Pratt): the
 * texts are a model's, the time is the server's.
 */
final class Occurrences {
    private Occurrences() {}

    /** Where {@code wanted}, not empty, occurs in {@code text}: from the left, without overlap, the first {@code limit} at most. */
    static List<Span> of(String wanted, String text, int limit) {
        String needle = wanted.replace("\r\n", "\n");
        int[] fallback = fallback(needle);
        List<Span> found = new ArrayList<>();
        int matched = 0;
        for (int i = 0; i < text.length() && found.size() < limit; i++) {
            if (isLineEndAt(text, i)) {
                continue;
            }
            char c = text.charAt(i);
            while (matched > 0 && needle.charAt(matched) != c) {
                matched = fallback[matched - 1];
            }
            if (needle.charAt(matched) == c) {
                matched++;
            }
            if (matched == needle.length()) {
                found.add(new Span(startOf(needle, text, i), i + 1));
                matched = 0;
            }
        }
        return found;
    }

    /** For each prefix of the needle the length of the longest shorter prefix that it ends with. */
    private static int[] fallback(String needle) {
        int[] fallback = new int[needle.length()];
        int matched = 0;
        for (int i = 1; i < needle.length(); i++) {
            while (matched > 0 && needle.charAt(matched) != needle.charAt(i)) {
                matched = fallback[matched - 1];
            }
            if (needle.charAt(matched) == needle.charAt(i)) {
                matched++;
            }
            fallback[i] = matched;
        }
        return fallback;
    }

    private static int startOf(String needle, String text, int last) {
        int start = last + 1;
        for (int left = needle.length(); left > 0; left--) {
            start--;
            if (text.charAt(start) == '\n' && start > 0 && text.charAt(start - 1) == '\r') {
                start--;
            }
        }
        return start;
    }

    /** Whether {@code \r\n} begins here. */
    private static boolean isLineEndAt(String text, int i) {
        return text.charAt(i) == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
    }
}
