package dev.belay.eventlog;

import dev.belay.eventlog.Redactor.Found;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds many strings in one pass (Aho and Corasick's automaton, with its failure links folded into a dense table over the characters that
 * occur in the patterns), and Belay's own keys by their shape.
 */
final class SecretMatcher {
    /** Belay's keys: {@code blk_} and 43 characters of base64url. */
    private static final String KEY_PREFIX = "blk_";

    private static final int KEY_LENGTH = KEY_PREFIX.length() + 43;
    private static final String KEY_NAME = "belay_key";

    /** Which column a character has in the table; 0 for one that no pattern contains. */
    private final int[] columnOfLow;

    private final Map<Character, Integer> columnOfHigh;
    private final int columns;
    private final int[] next;
    /** Per state: how long a prefix it stands for, and how long the longest pattern is that ends here (0 for none). */
    private final int[] depth;

    private final int[] matched;
    private final String[] names;
    private final int longest;

    private SecretMatcher(
            int[] columnOfLow,
            Map<Character, Integer> columnOfHigh,
            int columns,
            int[] next,
            int[] depth,
            int[] matched,
            String[] names,
            int longest) {
        this.columnOfLow = columnOfLow;
        this.columnOfHigh = columnOfHigh;
        this.columns = columns;
        this.next = next;
        this.depth = depth;
        this.matched = matched;
        this.names = names;
        this.longest = longest;
    }

    /** @param patterns what to find, each with its name */
    static SecretMatcher of(Map<String, String> patterns) {
        int[] low = new int[128];
        Map<Character, Integer> high = new HashMap<>();
        int columns = 1;
        int states = 1;
        int longest = 0;
        for (String pattern : patterns.keySet()) {
            states += pattern.length();
            longest = Math.max(longest, pattern.length());
            for (char c : pattern.toCharArray()) {
                if (c < 128 ? low[c] == 0 : !high.containsKey(c)) {
                    if (c < 128) {
                        low[c] = columns++;
                    } else {
                        high.put(c, columns++);
                    }
                }
            }
        }
        int[] next = new int[states * columns];
        int[] depth = new int[states];
        int[] matched = new int[states];
        String[] names = new String[states];
        SecretMatcher matcher = new SecretMatcher(low, high, columns, next, depth, matched, names, longest);
        int used = 1;
        for (Map.Entry<String, String> entry : patterns.entrySet()) {
            int state = 0;
            for (char c : entry.getKey().toCharArray()) {
                int at = state * columns + matcher.column(c);
                if (next[at] == 0) {
                    depth[used] = depth[state] + 1;
                    next[at] = used++;
                }
                state = next[at];
            }
            matched[state] = depth[state];
            names[state] = entry.getValue();
        }
        matcher.foldFailures(used);
        return matcher;
    }

    /** Breadth first, so that a state's failure target is complete before the state itself. */
    private void foldFailures(int states) {
        int[] failure = new int[states];
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        for (int c = 1; c < columns; c++) {
            if (next[c] != 0) {
                queue.add(next[c]);
            }
        }
        while (!queue.isEmpty()) {
            int state = queue.remove();
            int fallback = failure[state];
            if (matched[state] == 0) {
                matched[state] = matched[fallback];
                names[state] = names[fallback];
            }
            for (int c = 1; c < columns; c++) {
                int at = state * columns + c;
                if (next[at] == 0) {
                    next[at] = next[fallback * columns + c];
                } else {
                    failure[next[at]] = next[fallback * columns + c];
                    queue.add(next[at]);
                }
            }
        }
    }

    private int column(char c) {
        return c < 128 ? columnOfLow[c] : columnOfHigh.isEmpty() ? 0 : columnOfHigh.getOrDefault(c, 0);
    }

    private int step(int state, char c) {
        int column = column(c);
        return column == 0 ? 0 : next[state * columns + column];
    }

    /** What is found, in order and without overlaps; where finds overlap they are joined. */
    List<Found> find(String text) {
        List<Found> found = new ArrayList<>(0);
        int state = 0;
        if (columns > 1) {
            for (int i = 0; i < text.length(); i++) {
                state = step(state, text.charAt(i));
                if (matched[state] > 0) {
                    join(found, new Found(i + 1 - matched[state], i + 1, names[state]));
                }
            }
        }
        for (int at = text.indexOf(KEY_PREFIX); at >= 0; at = text.indexOf(KEY_PREFIX, at + 1)) {
            int end = keyEnd(text, at);
            if (end - at == KEY_LENGTH) {
                insert(found, new Found(at, end, KEY_NAME));
            }
        }
        return found;
    }

    private static void join(List<Found> found, Found one) {
        Found joined = one;
        while (!found.isEmpty() && found.getLast().end() > joined.start()) {
            Found before = found.removeLast();
            joined = new Found(
                    Math.min(before.start(), joined.start()), Math.max(before.end(), joined.end()), before.name());
        }
        found.add(joined);
    }

    private static void insert(List<Found> found, Found one) {
        List<Found> all = new ArrayList<>(found);
        all.add(one);
        all.sort((a, b) -> Integer.compare(a.start(), b.start()));
        found.clear();
        all.forEach(f -> join(found, f));
    }

    /** Up to where the text cannot be the beginning of something that the next piece completes. */
    int safeEnd(String text) {
        int state = 0;
        if (columns > 1) {
            for (int i = Math.max(0, text.length() - longest); i < text.length(); i++) {
                state = step(state, text.charAt(i));
            }
        }
        int safe = text.length() - depth[state];
        for (int at = Math.max(0, text.length() - KEY_LENGTH + 1); at < safe; at++) {
            if (text.regionMatches(at, KEY_PREFIX, 0, Math.min(KEY_PREFIX.length(), text.length() - at))
                    && keyEnd(text, at) == text.length()) {
                safe = at;
            }
        }
        return safe;
    }

    /** The end of what has a key's shape from {@code at} on, at most a key's length away. */
    private static int keyEnd(String text, int at) {
        int end = Math.min(text.length(), at + KEY_PREFIX.length());
        int limit = Math.min(text.length(), at + KEY_LENGTH);
        while (end < limit && isKeyCharacter(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isKeyCharacter(char c) {
        return c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '-');
    }
}
