package dev.belay.sandbox.attack;

/** What came of an attack, and what was seen. */
record Verdict(String word, String seen) {
    static final String HELD = "held";
    static final String FAILED = "FAILED";
    static final String NOT_APPLICABLE = "n/a";

    String onOneLine() {
        String line = seen.strip().replaceAll("[\\p{Cntrl}|]+", " ");
        return line.length() > 160 ? line.substring(0, 160) + "…" : line;
    }
}
