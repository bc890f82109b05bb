package dev.belay.cli.terminal;

/** How a piece of text looks. */
public enum Style {
    HEADING("1"),
    TOOL("1;36"),
    ADDED("32"),
    REMOVED("31"),
    PLACE("36"),
    GOOD("1;32"),
    BAD("1;31"),
    WARNING("33"),
    ASIDE("2");

    private final String code;

    Style(String code) {
        this.code = code;
    }

    /** The number that selects it (ECMA-48, select graphic rendition). */
    String code() {
        return code;
    }
}
