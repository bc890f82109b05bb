package dev.belay.api.event;

import dev.belay.api.Cost;
import dev.belay.api.Usage;

/** Calls to a model provider. */
public sealed interface ModelEvent extends EventBody {
    /** One attempt begins; durable before the request leaves, so that attempts can be counted after a crash. */
    record Requested(String model, int attempt, int messages) implements ModelEvent {}

    /** The attempt ended well. */
    record Answered(String model, Usage usage, Cost cost, String stopReason, long durationMillis)
            implements ModelEvent {}

    /** The attempt was for a summary of the conversation, and ended well. What it said is in the compaction that follows, if it was of use. */
    record Summarised(String model, Usage usage, Cost cost, long durationMillis) implements ModelEvent {}

    /** The attempt failed; the engine tries again after the delay. */
    record Retried(String model, int attempt, TurnError error, long delayMillis) implements ModelEvent {}

    /**
     * An attempt did not come to its end, and its provider counts what it did.
     *
     * @param usage as far as the provider said it
     * @param cost {@code unknown} where it did not say all
     */
    record Unfinished(String model, int attempt, Usage usage, Cost cost) implements ModelEvent {}

    /** The model cannot be had; the turn goes on with another. */
    record FellBack(String from, String to, TurnError error) implements ModelEvent {}
}
