package dev.belay.api.event;

import dev.belay.api.JsonText;

/** A tool call and its result, paired by {@code id}. */
public sealed interface ToolEvent extends EventBody {
    /** The model asked for a tool. {@code input} is what it sent, also when that breaks the tool's schema. */
    record Call(String id, String tool, JsonText input) implements ToolEvent {}

    /**
     * What came of it.
     *
     * @param output what the model is told
     * @param error whether it is an error the model should act on
     * @param truncatedBytes how much output was cut away, 0 for none
     */
    record Result(String id, String tool, String output, boolean error, long durationMillis, long truncatedBytes)
            implements ToolEvent {}
}
