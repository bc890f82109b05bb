package dev.belay.agent.model;

import dev.belay.api.Cost;
import dev.belay.api.Usage;

/**
 * How a model call ended; its blocks went to the listener.
 *
 * @param stopReason the provider's word, for example {@code end_turn}, {@code tool_use} or {@code max_tokens}
 */
public record ModelAnswer(Usage usage, Cost cost, String stopReason) {}
