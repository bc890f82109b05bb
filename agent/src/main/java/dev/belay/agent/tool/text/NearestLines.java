package dev.belay.agent.tool.text;

import java.util.List;

/** Where a text that is not in a file almost is, so that the next attempt hits. */
final class NearestLines {
    private static final int SHOWN = 200;
    private static final int COMPARED = 50;

    private NearestLines() {}

    /** A sentence about the place that agrees with the most leading lines, white space aside. */
    static String hint(String text, String wanted) {
        List<String> file = NumberedLines.split(text);
        List<String> all = NumberedLines.split(wanted);
        List<String> lines = all.subList(0, Math.min(all.size(), COMPARED));
        if (lines.getFirst().matches(" {0,5}\\d{1,6}\\t.*")) {
            return "It seems to hold the line numbers that Read shows; leave out each number and the tab after it.";
        }
        int best = -1;
        int bestLength = 0;
        for (int at = 0; at < file.size(); at++) {
            int length = agreeing(file, at, lines);
            if (length > bestLength) {
                best = at;
                bestLength = length;
            }
        }
        if (best < 0) {
            return "No line of the file is like its first line; Read the file again.";
        }
        if (bestLength == all.size()) {
            return "Lines " + (best + 1) + " to " + (best + bestLength) + " are the same but for white space; line "
                    + (best + 1) + " is: " + shown(file.get(best));
        }
        int differs = best + bestLength;
        String there =
                differs < file.size() ? "line " + (differs + 1) + " is: " + shown(file.get(differs)) : "the file ends";
        return "Its first " + bestLength + (bestLength == 1 ? " line is" : " lines are") + " like line " + (best + 1)
                + " onwards, but then " + there;
    }

    private static int agreeing(List<String> file, int at, List<String> lines) {
        int length = 0;
        while (length < lines.size()
                && at + length < file.size()
                && file.get(at + length).strip().equals(lines.get(length).strip())) {
            length++;
        }
        return length;
    }

    private static String shown(String line) {
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + " ...";
    }
}
