package dev.belay.api.event;

import dev.belay.api.JsonText;
import java.util.List;

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
     * @param attachments files that the model is shown beside the output
     */
    record Result(
            String id,
            String tool,
            String output,
            boolean error,
            long durationMillis,
            long truncatedBytes,
            List<Attachment> attachments)
            implements ToolEvent {
        public Result {
            // Absent from what was stored before there were any.
            attachments = attachments == null ? List.of() : List.copyOf(attachments);
        }

        /** A result without attachments. */
        public Result(String id, String tool, String output, boolean error, long durationMillis, long truncatedBytes) {
            this(id, tool, output, error, durationMillis, truncatedBytes, List.of());
        }
    }
}
