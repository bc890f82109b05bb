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

    /** The attempt failed; the engine tries again after the delay. */
    record Retried(String model, int attempt, TurnError error, long delayMillis) implements ModelEvent {}
}
