package dev.belay.agent.compaction;

import dev.belay.api.event.TurnEvent;
import java.util.List;

/**
 * The room that a model has for a conversation.
 *
 * @param contextTokens all that it can be told, with its answer
 * @param fixedTokens what the system prompt and the tools take of that
 */
public record Room(long contextTokens, long fixedTokens, TokenEstimate estimate) {
    /** What is assumed of a model of which nothing is known (contract: codegraff 5.8). */
    public static final long UNKNOWN_CONTEXT = 128_000;

    long tokens(List<Entry> entries) {
        return fixedTokens + estimate.of(entries);
    }

    TurnEvent.Told told(List<Entry> entries) {
        return new TurnEvent.Told(entries.size(), tokens(entries));
    }
}
