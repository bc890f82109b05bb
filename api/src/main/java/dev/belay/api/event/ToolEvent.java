package dev.belay.api.event;

import dev.belay.api.JsonText;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A tool call, whether it was permitted, and its result, paired by {@code id}. */
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

    /**
     * A call waits for somebody's answer. It is answered by exactly one {@link Decided}, except where the turn ended without one.
     *
     * @param ask names it in the answer
     * @param id of the call
     * @param input what the call would run with; of a question, the question and its options
     * @param inputHash SHA-256 of the input with its fields in order, in hexadecimal: what is answered is this and nothing else
     * @param deadlineMicros when it counts as denied
     * @param reason why it is asked for
     */
    record Asked(
            String ask,
            Kind kind,
            String id,
            String tool,
            JsonText input,
            String inputHash,
            long deadlineMicros,
            String reason)
            implements ToolEvent {
        /** What is asked for. */
        public enum Kind {
            /** Leave to make the call. */
            PERMISSION,
            /** What the model wants to know. */
            QUESTION;

            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /**
     * Whether a call may be made.
     *
     * @param ask what it answers; empty if nobody was asked
     * @param id of the call
     * @param message what the model is told of a denial; the answer to a question
     * @param interrupts whether the turn ends with it
     * @param updatedInput what the call is made with instead
     */
    record Decided(
            Optional<String> ask,
            String id,
            String tool,
            boolean allowed,
            String message,
            By by,
            boolean interrupts,
            Optional<JsonText> updatedInput)
            implements ToolEvent {
        /** Who decided. */
        public enum By {
            /** The event's principal. */
            PRINCIPAL,
            /** A rule or the mode; nobody was asked. */
            RULE,
            /** Nobody answered in time. */
            DEADLINE,
            /** The turn ended first. */
            TURN_END;

            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }
}
