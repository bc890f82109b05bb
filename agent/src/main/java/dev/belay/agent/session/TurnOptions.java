package dev.belay.agent.session;

import dev.belay.api.Money;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What one message may ask for beside what its session was created with (contract: Cloud Agent 1.2 row 8).
 *
 * @param pin whether it stays word for word when the conversation is compacted
 */
public record TurnOptions(
        Optional<String> model,
        OptionalInt maxTurns,
        Optional<Money> maxBudget,
        Optional<Duration> timeout,
        boolean pin) {
    public static final TurnOptions NONE =
            new TurnOptions(Optional.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty());

    /** What is not pinned. */
    public TurnOptions(
            Optional<String> model, OptionalInt maxTurns, Optional<Money> maxBudget, Optional<Duration> timeout) {
        this(model, maxTurns, maxBudget, timeout, false);
    }

    public TurnOptions {
        RunOptions.check(maxTurns, maxBudget, timeout);
    }
}
