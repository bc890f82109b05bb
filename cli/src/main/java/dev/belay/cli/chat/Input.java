package dev.belay.cli.chat;

import dev.belay.cli.terminal.Terminal;

/** Where what a person, or a file, says comes from. Lines are read by one thread. */
interface Input extends AutoCloseable {
    /** What came instead of, or as, a line. */
    sealed interface Said {
        record Line(String text) implements Said {}

        /**
         * Ctrl-C.
         *
         * @param amid whether something was typed, which is forgotten
         */
        record Interrupt(boolean amid) implements Said {}

        /** No more comes. */
        record End() implements Said {}
    }

    /**
     * Waits for a line.
     *
     * @param prompt shown to a person
     */
    Said line(String prompt);

    /** A prompt, which a backslash at the end of a line carries on into the next one. */
    default Said prompt(String prompt) {
        StringBuilder all = new StringBuilder();
        String asked = prompt;
        while (true) {
            switch (line(asked)) {
                case Said.Line(String text)
                when text.endsWith("\\") -> {
                    all.append(text, 0, text.length() - 1).append('\n');
                    asked = ". ";
                }
                case Said.Line(String text) -> {
                    return new Said.Line(all.append(text).toString());
                }
                case Said.Interrupt(boolean amid) -> {
                    return new Said.Interrupt(amid || !all.isEmpty());
                }
                case Said.End end -> {
                    return all.isEmpty() ? end : new Said.Line(all.toString());
                }
            }
        }
    }

    /** What Ctrl-C does while no line is waited for; called by a thread of its own. */
    void onInterrupt(Runnable action);

    /** Whether a person types. */
    boolean isPerson();

    @Override
    void close();

    /** What the terminal offers. */
    static Input of(Terminal terminal) {
        return terminal.isPerson() ? TypedInput.open() : new PipedInput(terminal);
    }
}
