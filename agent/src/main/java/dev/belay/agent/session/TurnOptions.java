package dev.belay.agent.session;

import dev.belay.api.Money;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** What one message may ask for beside what its session was created with (contract: Cloud Agent 1.2 row 8). */
public record TurnOptions(
        Optional<String> model, OptionalInt maxTurns, Optional<Money> maxBudget, Optional<Duration> timeout) {
    public static final TurnOptions NONE =
            new TurnOptions(Optional.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty());

    public TurnOptions {
        RunOptions.check(maxTurns, maxBudget, timeout);
    }
}
