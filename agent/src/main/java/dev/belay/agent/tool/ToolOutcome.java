package dev.belay.agent.tool;

/**
 * What came of a tool call.
 *
 * @param output what the model is told; one JSON object as text, or plain text
 * @param error whether it is an error for the model to act on
 * @param truncatedBytes how much output was cut away
 */
public record ToolOutcome(String output, boolean error, long truncatedBytes) {
    public static ToolOutcome of(String output) {
        return new ToolOutcome(output, false, 0);
    }

    public static ToolOutcome error(String text) {
        return new ToolOutcome(text, true, 0);
    }
}
