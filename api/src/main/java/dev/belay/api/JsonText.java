package dev.belay.api;

/** Arbitrary JSON, kept as text and parsed at the edges only. Whoever makes one vouches that the text is one JSON value. */
public record JsonText(String text) {
    public static final JsonText EMPTY_OBJECT = new JsonText("{}");

    @Override
    public String toString() {
        return text;
    }
}
