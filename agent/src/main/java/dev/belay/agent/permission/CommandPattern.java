package dev.belay.agent.permission;

/**
 * What a rule says of commands: text in which {@code *} stands for any characters. A star after a space at the end, or {@code :*}, also
 * stands for nothing, so that {@code git log *} and {@code git log:*} match {@code git log} and {@code git log -3} but not {@code git logs}.
 * A backslash before a star makes it one.
 */
record CommandPattern(String text) {
    private static final char STAR = '\0';

    boolean matches(String command) {
        String pattern = text.endsWith(":*") ? text.substring(0, text.length() - 2) + " *" : text;
        String starred = pattern.replace('*', STAR).replace("\\" + STAR, "*");
        if (starred.endsWith(" " + STAR)) {
            String bare = starred.substring(0, starred.length() - 2);
            if (matches(bare, command)) {
                return true;
            }
        }
        return matches(starred, command);
    }

    /** In a time of at most the product of their lengths: on a mismatch it goes back to the last star only. */
    private static boolean matches(String pattern, String command) {
        int p = 0;
        int c = 0;
        int star = -1;
        int starEnd = 0;
        while (c < command.length()) {
            if (p < pattern.length() && pattern.charAt(p) == STAR) {
                star = p++;
                starEnd = c;
            } else if (p < pattern.length() && pattern.charAt(p) == command.charAt(c)) {
                p++;
                c++;
            } else if (star >= 0) {
                p = star + 1;
                c = ++starEnd;
            } else {
                return false;
            }
        }
        return pattern.substring(p).chars().allMatch(left -> left == STAR);
    }
}
