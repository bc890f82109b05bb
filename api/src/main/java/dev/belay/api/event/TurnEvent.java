package dev.belay.api.event;

import dev.belay.api.Cost;
import dev.belay.api.JsonText;
import dev.belay.api.Usage;
import java.util.Optional;

/** The life of a turn. Each {@link Started} is followed by exactly one {@link Finished}, after a restart at the latest. */
public sealed interface TurnEvent extends EventBody {
    /** @param model the resolved model, provider first, for example {@code scripted:demo} */
    record Started(String model) implements TurnEvent {}

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
            Optional<JsonText> structuredOutput)
            implements TurnEvent {

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
                    structuredOutput);
        }
    }
}
