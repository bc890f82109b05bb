package dev.belay.cli.terminal;

/** A line of a diff on the terminal. */
public final class DiffLine {
    private DiffLine() {}

    /** How a line of a diff, of either form, looks. */
    public static String styled(Terminal terminal, String line) {
        String text = Terminal.harmless(line);
        if (text.startsWith("+++") || text.startsWith("---")) {
            return terminal.styled(Style.HEADING, text);
        }
        if (text.startsWith("@@")) {
            return terminal.styled(Style.PLACE, text);
        }
        if (text.startsWith("+")) {
            return terminal.styled(Style.ADDED, text);
        }
        return text.startsWith("-") ? terminal.styled(Style.REMOVED, text) : text;
    }
}
