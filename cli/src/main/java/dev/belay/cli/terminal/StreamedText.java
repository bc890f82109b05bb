package dev.belay.cli.terminal;

/** A block of text that is shown while it is written. For one thread. */
final class StreamedText {
    private final Terminal terminal;
    /** The kind of block that is open: {@code text} or {@code thinking}; empty if none is. */
    private String open = "";

    /** All that came of it. */
    private final StringBuilder come = new StringBuilder();
    /** How much of that is shown: blanks at the beginning and, as far as is known, at the end are not. */
    private int shown;

    StreamedText(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Shows a piece. */
    void piece(String block, String text) {
        if (!block.equals(open)) {
            breakOff();
            open = block;
        }
        come.append(text);
        show();
    }

    private void show() {
        int end = come.length();
        while (end > shown && Character.isWhitespace(come.charAt(end - 1))) {
            end--;
        }
        int begin = shown;
        if (begin == 0) {
            while (begin < end && Character.isWhitespace(come.charAt(begin))) {
                begin++;
            }
            if (begin < end) {
                terminal.say("");
            }
        }
        if (begin < end) {
            String text = Terminal.harmless(come.substring(begin, end));
            terminal.write(open.equals("thinking") ? terminal.styled(Style.ASIDE, text) : text);
            shown = end;
        }
    }

    /**
     * The block is there as a whole: shows what of it was not, if it is the one that was shown.
     *
     * @return whether it was
     */
    boolean complete(String block, String text) {
        if (!block.equals(open) || !text.startsWith(come.toString())) {
            breakOff();
            return false;
        }
        come.append(text, come.length(), text.length());
        show();
        breakOff();
        return true;
    }

    /** No more comes of the block that is open. */
    void breakOff() {
        if (shown > 0) {
            terminal.say("");
        }
        open = "";
        come.setLength(0);
        shown = 0;
    }
}
