package dev.belay.agent.tool.text;

import dev.belay.agent.tool.text.TextEdit.Outcome.Edited;
import dev.belay.agent.tool.text.TextEdit.Outcome.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Replacements in a text. A line end in the text to find matches {@code \n} and {@code \r\n} alike, and what is put in takes over the line
 * ends of its place, so that a file keeps its own.
 */
public final class TextEdit {
    private static final int MAX_PLACES = 100_000;
    private static final int REMEMBERED = 20;

    private final int maxChars;
    private String text;
    private final List<Span> changed = new ArrayList<>();
    private int count;

    private TextEdit(String text, int maxChars) {
        this.text = text;
        this.maxChars = maxChars;
    }

    /**
     * Something to replace.
     *
     * @param all whether every occurrence is meant; otherwise there must be exactly one
     */
    public record Replacement(String oldText, String newText, boolean all) {}

    /** From {@code start} to before {@code end}, in characters. */
    public record Span(int start, int end) {}

    /** What came of it. */
    public sealed interface Outcome {
        /**
         * All replacements were made.
         *
         * @param changed where they are in the new text; the first of them if they are many
         * @param count how many places were replaced
         */
        record Edited(String text, List<Span> changed, int count) implements Outcome {}

        /** One could not be made, so none was; why, in words that help to do better. */
        record Refused(String why) implements Outcome {}
    }

    /** Makes all replacements, each in what the one before left, or none. A result of more than {@code maxChars} is refused. */
    public static Outcome apply(String text, List<Replacement> replacements, int maxChars) {
        TextEdit edit = new TextEdit(text, maxChars);
        for (int i = 0; i < replacements.size(); i++) {
            String problem = edit.make(replacements.get(i));
            if (!problem.isEmpty()) {
                String which = replacements.size() == 1 ? "" : "edit " + (i + 1) + " of " + replacements.size() + ": ";
                return new Refused(which + problem);
            }
        }
        return edit.text.equals(text)
                ? new Refused("the edit would leave the file as it is")
                : new Edited(edit.text, List.copyOf(edit.changed), edit.count);
    }

    /** Makes one replacement, or says why not. */
    private String make(Replacement replacement) {
        String oldText = replacement.oldText();
        if (oldText.isEmpty()) {
            return "old_string is empty; it must be text from the file";
        }
        if (oldText.equals(replacement.newText())) {
            return "old_string and new_string are the same";
        }
        List<Span> places = Occurrences.of(oldText, text, MAX_PLACES + 1);
        if (places.isEmpty()) {
            return "old_string is not in the file. " + NearestLines.hint(text, oldText);
        }
        if (places.size() > MAX_PLACES) {
            return "old_string occurs more than " + MAX_PLACES + " times; use Bash to change that many places";
        }
        if (places.size() > 1 && !replacement.all()) {
            return "old_string occurs " + places.size() + " times (at lines " + lines(places)
                    + "); add lines around it so that it occurs once, or set replace_all";
        }
        if (sizeAfter(places, replacement.newText()) > maxChars) {
            return "the file would grow to more than " + maxChars + " characters";
        }
        put(places, replacement.newText());
        return "";
    }

    private long sizeAfter(List<Span> places, String newText) {
        long removed =
                places.stream().mapToLong(place -> place.end() - place.start()).sum();
        return text.length() - removed + (long) places.size() * newText.length();
    }

    private void put(List<Span> places, String newText) {
        StringBuilder edited = new StringBuilder(text.length() + newText.length());
        List<Span> put = new ArrayList<>();
        int done = 0;
        for (Span place : places) {
            edited.append(text, done, place.start());
            int start = edited.length();
            edited.append(withLineEndsOf(place, newText));
            put.add(new Span(start, edited.length()));
            done = place.end();
        }
        edited.append(text, done, text.length());
        changed.replaceAll(span -> new Span(moved(span.start(), places, put), moved(span.end(), places, put)));
        changed.addAll(put.subList(0, Math.clamp(REMEMBERED - changed.size(), 0, put.size())));
        count += places.size();
        text = edited.toString();
    }

    /** Where a position lies after the replacements; one inside of a replaced place goes to the end of what was put there. */
    private static int moved(int position, List<Span> places, List<Span> put) {
        int moved = position;
        for (int i = 0; i < places.size() && places.get(i).start() < position; i++) {
            moved = put.get(i).end() + Math.max(0, position - places.get(i).end());
        }
        return moved;
    }

    private String withLineEndsOf(Span place, String newText) {
        int after = text.indexOf('\n', place.start());
        int newline = after >= 0 ? after : text.lastIndexOf('\n');
        if (newline < 0) {
            return newText;
        }
        String unix = newText.replace("\r\n", "\n");
        return newline > 0 && text.charAt(newline - 1) == '\r' ? unix.replace("\n", "\r\n") : unix;
    }

    private String lines(List<Span> places) {
        return places.stream()
                        .limit(10)
                        .map(place -> String.valueOf(lineOf(text, place.start())))
                        .collect(Collectors.joining(", "))
                + (places.size() > 10 ? ", ..." : "");
    }

    /** The number of the line, from 1, in which a position is. */
    static int lineOf(String text, int position) {
        int line = 1;
        for (int i = text.indexOf('\n'); i >= 0 && i < position; i = text.indexOf('\n', i + 1)) {
            line++;
        }
        return line;
    }
}
