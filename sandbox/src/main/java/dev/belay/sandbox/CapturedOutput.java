package dev.belay.sandbox;

/**
 * What was kept of a stream: whole, or its first and last half around a marker line that says how many bytes were cut.
 *
 * @param text decoded as UTF-8, what is not UTF-8 replaced
 * @param totalBytes all that the program wrote
 * @param cutBytes how many of them are not in {@code text}; 0 if it is whole
 */
public record CapturedOutput(String text, long totalBytes, long cutBytes) {
    public static final CapturedOutput EMPTY = new CapturedOutput("", 0, 0);
}
