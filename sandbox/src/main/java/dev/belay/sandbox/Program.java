package dev.belay.sandbox;

import java.util.List;

/** What an exec runs. */
public sealed interface Program {
    /** One line or text for people: what is run. */
    String shown();

    /**
     * A program of the sandbox.
     *
     * @param argv program and arguments; the program is looked up on the sandbox's PATH if it has no slash
     */
    record Command(List<String> argv) implements Program {
        public Command {
            argv = List.copyOf(argv);
            if (argv.isEmpty()) {
                throw new IllegalArgumentException("argv is empty");
            }
        }

        @Override
        public String shown() {
            return String.join(" ", argv);
        }
    }

    /**
     * Code for an interpreter, in a process of its own. Python is forked from a warm parent where one is ready.
     *
     * @param setup runs in front of it and is not shown
     * @param text of any length up to 64 MiB
     */
    record Code(Language language, String setup, String text) implements Program {
        public Code(Language language, String text) {
            this(language, "", text);
        }

        /** All that runs. */
        public String whole() {
            return setup + text;
        }

        @Override
        public String shown() {
            return language == Language.SHELL ? text : language.word() + ": " + text;
        }
    }
}
