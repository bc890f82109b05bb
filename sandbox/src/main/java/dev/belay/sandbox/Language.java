package dev.belay.sandbox;

import java.util.Locale;

/** A language that a sandbox runs code in, where its interpreter is installed. */
public enum Language {
    /** Python 3. */
    PYTHON,
    /** CommonJS under Node. */
    JAVASCRIPT,
    /** Bash, or sh where there is no bash. */
    SHELL;

    /** The name for people and wires, for example {@code python}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
