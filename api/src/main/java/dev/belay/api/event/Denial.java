package dev.belay.api.event;

import dev.belay.api.JsonText;
import java.util.Optional;

/**
 * A call of a tool that was not made because it was not permitted.
 *
 * @param id of the call
 * @param input what the model sent; empty where that is long, and the call's own event has it
 * @param message what the model was told
 */
public record Denial(String id, String tool, Optional<JsonText> input, String message) {}
