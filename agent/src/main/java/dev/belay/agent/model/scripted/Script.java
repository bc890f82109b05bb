package dev.belay.agent.model.scripted;

import dev.belay.agent.budget.Price;
import dev.belay.api.JsonText;
import dev.belay.api.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a scripted model says, one step per attempt.
 *
 * @param contextTokens how many tokens it says that it can be told
 */
record Script(Price price, OptionalInt contextTokens, List<Step> steps) {
    Script {
        steps = List.copyOf(steps);
    }

    /**
     * One answer.
     *
     * @param text in the pieces in which it arrives; empty for no text
     * @param pause between two pieces
     * @param delay before anything
     * @param expect text that the last message must contain
     */
    record Step(
            Optional<String> thinking,
            List<String> text,
            Duration pause,
            List<Call> calls,
            Usage usage,
            Duration delay,
            Optional<Failure> failure,
            Optional<String> expect) {}

    record Call(String tool, JsonText input) {}

    record Failure(int status, String message) {}
}
