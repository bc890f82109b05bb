package dev.belay.agent.tool.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The first <code>{a,b}</code> of a glob. One without a comma or without an end is just characters. */
record Braces(String before, List<String> options, String after) {
    private static final int MAX_PATTERNS = 256;

    /**
     * The patterns without braces that a glob stands for, in order.
     *
     * @throws IllegalArgumentException if they are more than 256
     */
    static List<String> expand(String glob) {
        List<String> done = new ArrayList<>();
        List<String> open = new ArrayList<>(List.of(glob));
        while (!open.isEmpty()) {
            String pattern = open.removeLast();
            first(pattern)
                    .ifPresentOrElse(
                            braces -> braces.options
                                    .reversed()
                                    .forEach(option -> open.add(braces.before + option + braces.after)),
                            () -> done.add(pattern));
            if (open.size() + done.size() > MAX_PATTERNS) {
                throw new IllegalArgumentException("the braces stand for more than " + MAX_PATTERNS + " patterns");
            }
        }
        return done;
    }

    private static Optional<Braces> first(String glob) {
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '{') {
                Optional<Braces> braces = openedAt(glob, i);
                if (braces.isPresent()) {
                    return braces;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Braces> openedAt(String glob, int open) {
        List<String> options = new ArrayList<>();
        int depth = 0;
        int optionStart = open + 1;
        for (int i = open; i < glob.length(); i++) {
            switch (glob.charAt(i)) {
                case '\\' -> i++;
                case '{' -> depth++;
                case ',' -> {
                    if (depth == 1) {
                        options.add(glob.substring(optionStart, i));
                        optionStart = i + 1;
                    }
                }
                case '}' -> {
                    if (--depth == 0) {
                        options.add(glob.substring(optionStart, i));
                        return options.size() < 2
                                ? Optional.empty()
                                : Optional.of(new Braces(glob.substring(0, open), options, glob.substring(i + 1)));
                    }
                }
                default -> {}
            }
        }
        return Optional.empty();
    }
}
