package dev.belay.agent.tool.text;

import java.util.Arrays;
import java.util.List;

/**
 * A glob over paths: {@code *} and {@code ?} within a name, {@code **} over any number of directories, {@code [a-z]} and {@code [!a-z]},
 * <code>{a,b}</code>, and a backslash before a character that stands for itself. Matching never takes longer than path length times
 * pattern length: the pattern is a model's, the time is the server's.
 */
public final class GlobPattern {
    private final List<List<String>> alternatives;

    private GlobPattern(List<List<String>> alternatives) {
        this.alternatives = alternatives;
    }

    /** @throws IllegalArgumentException if the braces stand for too many patterns; the message says so */
    public static GlobPattern compile(String glob) {
        return new GlobPattern(Braces.expand(glob).stream()
                .map(pattern -> Arrays.asList(pattern.split("/+")))
                .toList());
    }

    /** Whether it matches a whole path, relative and without {@code .} or {@code ..}. */
    public boolean matches(String path) {
        List<String> names = Arrays.asList(path.split("/"));
        return alternatives.stream().anyMatch(pattern -> matchesPath(pattern, names));
    }

    /** How many levels down a match can lie, at most {@code max}. */
    public int depth(int max) {
        return alternatives.stream()
                .mapToInt(pattern -> pattern.contains("**") ? max : Math.min(max, pattern.size()))
                .max()
                .orElse(max);
    }

    /** Globs over names, without braces, of which a matching path's last name matches one; empty if any name can be last. */
    public List<String> lastNames() {
        List<String> names = alternatives.stream().map(List::getLast).distinct().toList();
        return names.contains("**") ? List.of() : names;
    }

    // On a mismatch both matchers go back to the last star only: what lies before it has matched already, as early as
    // it could.

    private static boolean matchesPath(List<String> pattern, List<String> names) {
        int p = 0;
        int n = 0;
        int star = -1;
        int starEnd = 0;
        while (n < names.size()) {
            boolean more = p < pattern.size();
            if (more && pattern.get(p).equals("**")) {
                star = p++;
                starEnd = n;
            } else if (more && matchesName(pattern.get(p), names.get(n))) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++starEnd;
            } else {
                return false;
            }
        }
        return pattern.subList(p, pattern.size()).stream().allMatch("**"::equals);
    }

    private static boolean matchesName(String pattern, String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int starEnd = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                starEnd = n;
                continue;
            }
            int next = p < pattern.length() ? afterMatchOf(name.codePointAt(n), pattern, p) : -1;
            if (next >= 0) {
                p = next;
                n += Character.charCount(name.codePointAt(n));
            } else if (star >= 0) {
                p = star + 1;
                starEnd += Character.charCount(name.codePointAt(starEnd));
                n = starEnd;
            } else {
                return false;
            }
        }
        return pattern.substring(p).chars().allMatch(c -> c == '*');
    }

    /** Where the pattern goes on if its element at {@code p} matches the character, else -1. */
    private static int afterMatchOf(int character, String pattern, int p) {
        int element = pattern.codePointAt(p);
        if (element == '?') {
            return p + 1;
        }
        int close = element == '[' ? endOfClass(pattern, p) : -1;
        if (close >= 0) {
            return inClass(pattern.substring(p + 1, close), character) ? close + 1 : -1;
        }
        int at = element == '\\' && p + 1 < pattern.length() ? p + 1 : p;
        int literal = pattern.codePointAt(at);
        return literal == character ? at + Character.charCount(literal) : -1;
    }

    /** Where the class ends; a bracket in first place is a member. -1 if it does not end: the bracket stands for itself then. */
    private static int endOfClass(String pattern, int open) {
        int first = open + 1;
        if (first < pattern.length() && (pattern.charAt(first) == '!' || pattern.charAt(first) == '^')) {
            first++;
        }
        return pattern.indexOf(']', first + 1);
    }

    private static boolean inClass(String members, int character) {
        boolean negated = members.startsWith("!") || members.startsWith("^");
        int[] points = members.substring(negated ? 1 : 0).codePoints().toArray();
        boolean found = false;
        for (int i = 0; i < points.length; i++) {
            if (i + 2 < points.length && points[i + 1] == '-') {
                found |= points[i] <= character && character <= points[i + 2];
                i += 2;
            } else {
                found |= points[i] == character;
            }
        }
        return found != negated;
    }
}
