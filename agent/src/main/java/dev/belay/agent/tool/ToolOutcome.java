package dev.belay.agent.tool;

import dev.belay.api.event.Attachment;
import java.util.List;

/**
 * What came of a tool call.
 *
 * @param output what the model is told; one JSON object as text, or plain text
 * @param error whether it is an error for the model to act on
 * @param truncatedBytes how much output was cut away
 * @param attachments files that the model is shown beside the output
 */
public record ToolOutcome(String output, boolean error, long truncatedBytes, List<Attachment> attachments) {
    public ToolOutcome {
        attachments = List.copyOf(attachments);
    }

    public ToolOutcome(String output, boolean error, long truncatedBytes) {
        this(output, error, truncatedBytes, List.of());
    }

    public static ToolOutcome of(String output) {
        return new ToolOutcome(output, false, 0);
    }

    public static ToolOutcome error(String text) {
        return new ToolOutcome(text, true, 0);
    }
}
