package dev.belay.api.event;

import dev.belay.api.Cost;
import dev.belay.api.JsonText;
import dev.belay.api.Usage;
import java.util.List;
import java.util.Optional;

/** The life of a turn, and what happens between turns. Each {@link Started} is followed by exactly one {@link Finished}, after a restart at the latest. */
public sealed interface TurnEvent extends EventBody {
    /**
     * The turn begins.
     *
     * @param model the resolved model, provider first, for example {@code scripted:demo}
     * @param options what its message asked for beside what its session was created with
     */
    record Started(String model, Optional<JsonText> options) implements TurnEvent {
        public Started {
            // Absent from what was stored before there were any.
            options = options == null ? Optional.empty() : options;
        }

        public Started(String model) {
            this(model, Optional.empty());
        }
    }

    /** A turn that will begin when those before it have ended; one that never begins is {@link Finished} all the same. */
    record Queued(String prompt) implements TurnEvent {}

    /** The turn goes on in a process that came after the one in which it began. */
    record Resumed() implements TurnEvent {}

    /** All that came after that event, the end of a turn or 0, is not part of the conversation any more. It can still be read. */
    record Rewound(long toSeq) implements TurnEvent {}

    /**
     * The turn is over.
     *
     * @param summary the last text of the model, or empty
     * @param modelCalls how often the model was asked
     * @param model the one that was asked last
     * @param structuredOutput what fits the schema that the request gave
     * @param denials the calls that were not permitted, at most the first hundred
     * @param subagentCalls how often sub-agents asked their models; in {@code usage} and {@code cost}, and not in {@code modelCalls}
     */
    record Finished(
            TurnStatus status,
            String summary,
            int modelCalls,
            Cost cost,
            Usage usage,
            long durationMillis,
            String model,
            String stopReason,
            Optional<TurnError> error,
            Optional<JsonText> structuredOutput,
            List<Denial> denials,
            int subagentCalls)
            implements TurnEvent {
        public Finished {
            // Absent from what was stored before there were any.
            denials = denials == null ? List.of() : List.copyOf(denials);
        }

        /** A turn in which every call was permitted. */
        public Finished(
                TurnStatus status,
                String summary,
                int modelCalls,
                Cost cost,
                Usage usage,
                long durationMillis,
                String model,
                String stopReason,
                Optional<TurnError> error,
                Optional<JsonText> structuredOutput) {
            this(
                    status,
                    summary,
                    modelCalls,
                    cost,
                    usage,
                    durationMillis,
                    model,
                    stopReason,
                    error,
                    structuredOutput,
                    List.of(),
                    0);
        }

        /** The same turn, told to have ended otherwise. */
        public Finished told(TurnStatus newStatus, String newSummary, Optional<TurnError> newError) {
            return new Finished(
                    newStatus,
                    newSummary,
                    modelCalls,
                    cost,
                    usage,
                    durationMillis,
                    model,
                    stopReason,
                    newError,
                    structuredOutput,
                    denials,
                    subagentCalls);
        }
    }

    /**
     * From here on the model is told a summary in place of what came before. The originals stay in the log.
     *
     * @param strategy how the summary was made: {@code outputs}, {@code digest} or {@code model}
     * @param attempt which attempt it came of, 1 or 2
     * @param fromSeq the first event that the summary stands for
     * @param toSeq the last
     * @param kept the prompts between them that stay word for word, behind the summary, by their {@code seq}
     * @param summary what the model is told
     * @param before what the model would have been told
     * @param after what it is told now
     */
    record Compacted(
            String strategy,
            int attempt,
            long fromSeq,
            long toSeq,
            List<Long> kept,
            String summary,
            Told before,
            Told after)
            implements TurnEvent {
        public Compacted {
            kept = List.copyOf(kept);
        }
    }

    /** The conversation is so long that it should be compacted, and cannot be. */
    record NotCompacted(String reason) implements TurnEvent {}

    /**
     * How much a model is told, system prompt and tools included.
     *
     * @param tokens an estimate, made the same way before and after
     */
    record Told(int messages, long tokens) {}
}
