package dev.belay.agent.compaction;

import dev.belay.api.Usage;

/**
 * What a model counted at its last answer.
 *
 * @param bytes the texts of all messages that it had been told and had said
 * @param tokens all that it counted, the system prompt and the tools with it, without attachments
 */
public record Counted(long bytes, long tokens) {
    /** @param fileTokens what the attachments count at most */
    public static Counted of(long bytes, long fileTokens, Usage usage) {
        return new Counted(
                bytes,
                usage.inputTokens()
                        + usage.cacheReadTokens()
                        + usage.cacheCreationTokens()
                        + usage.outputTokens()
                        - fileTokens);
    }
}
