package dev.belay.client.session;

import java.util.Optional;

/**
 * What came of making room in a conversation. Tokens are an estimate, system prompt and tools included.
 *
 * @param notPossible why nothing has changed
 */
public record Compaction(
        Optional<String> notPossible, long messagesBefore, long messagesAfter, long tokensBefore, long tokensAfter) {}
