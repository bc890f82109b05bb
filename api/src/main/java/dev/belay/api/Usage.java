package dev.belay.api;

/** Tokens as the model provider counted them. {@code inputTokens} leaves out those read from or written to the prompt cache. */
public record Usage(long inputTokens, long outputTokens, long cacheReadTokens, long cacheCreationTokens) {
    public static final Usage NONE = new Usage(0, 0, 0, 0);

    public Usage plus(Usage other) {
        return new Usage(
                inputTokens + other.inputTokens,
                outputTokens + other.outputTokens,
                cacheReadTokens + other.cacheReadTokens,
                cacheCreationTokens + other.cacheCreationTokens);
    }
}
