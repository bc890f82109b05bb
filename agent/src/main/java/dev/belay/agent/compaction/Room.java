package dev.belay.agent.compaction;

import dev.belay.agent.model.MessageSize;
import dev.belay.agent.model.ModelRequest.ToolDefinition;
import dev.belay.api.event.TurnEvent;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The room that a model has for a conversation.
 *
 * @param contextTokens all that it can be told, with its answer
 * @param fixedTokens what the system prompt and the tools take of that
 */
public record Room(long contextTokens, long fixedTokens, TokenEstimate estimate) {
    /** What is assumed of a model of which nothing is known (contract: codegraff 5.8). */
    public static final long UNKNOWN_CONTEXT = 128_000;

    /**
     * The room of a model.
     *
     * @param contextTokens empty if that is not known
     * @param counted what it counted last, if it has
     */
    public static Room of(
            OptionalInt contextTokens, String system, List<ToolDefinition> tools, Optional<Counted> counted) {
        long fixed = MessageSize.bytes(system);
        for (ToolDefinition tool : tools) {
            fixed += MessageSize.bytes(tool.name())
                    + MessageSize.bytes(tool.description())
                    + MessageSize.bytes(tool.inputSchema().text());
        }
        TokenEstimate estimate = counted.isPresent()
                ? TokenEstimate.calibrated(
                        fixed + counted.get().bytes(), counted.get().tokens())
                : TokenEstimate.STANDARD;
        return new Room(
                contextTokens.isPresent() ? contextTokens.getAsInt() : UNKNOWN_CONTEXT,
                estimate.ofBytes(fixed),
                estimate);
    }

    /** What is left of it beside those messages. */
    public Room beside(List<Entry> entries) {
        return new Room(contextTokens, tokens(entries), estimate);
    }

    long tokens(List<Entry> entries) {
        return fixedTokens + estimate.of(entries);
    }

    /** How much a model is told with those messages. */
    public TurnEvent.Told told(List<Entry> entries) {
        return new TurnEvent.Told(entries.size(), tokens(entries));
    }
}
