package dev.belay.server.spelling;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a misspelt word was probably meant to be. */
public final class Spelling {
    private Spelling() {}

    /** The known word nearest to the unknown one; empty if none is near. */
    public static Optional<String> nearest(String unknown, Collection<String> known) {
        int furthest = Math.max(2, unknown.length() / 3);
        return known.stream()
                .min(Comparator.comparingInt(word -> distance(unknown, word)))
                .filter(word -> distance(unknown, word) <= furthest);
    }

    /** {@code ; did you mean "…"?}, or nothing: to be put behind a sentence that names the unknown word. */
    public static String suggestion(String unknown, Collection<String> known) {
        return nearest(unknown, known)
                .map(word -> "; did you mean \"" + word + "\"?")
                .orElse("");
    }

    /** How many letters must be put in, taken out or changed (Levenshtein). */
    private static int distance(String a, String b) {
        if (Math.abs(a.length() - b.length()) > 40) {
            return Integer.MAX_VALUE;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
