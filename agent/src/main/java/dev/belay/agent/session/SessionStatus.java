package dev.belay.agent.session;

import dev.belay.api.Cost;
import dev.belay.api.Money;
import dev.belay.api.SandboxId;
import dev.belay.api.TurnId;
import dev.belay.api.Usage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A session as it stands. Times are epoch microseconds.
 *
 * @param current the turn that runs now
 * @param turns how many began
 * @param modelCalls over all turns
 * @param queued how many messages wait
 * @param maxBudget what all turns may cost together
 * @param maxTurns model calls per turn, where the session was made with a limit
 * @param sandbox the sandbox that is open now
 */
public record SessionStatus(
        SessionSummary session,
        Optional<CurrentTurn> current,
        int turns,
        int modelCalls,
        int queued,
        Usage usage,
        Cost cost,
        Optional<Money> maxBudget,
        OptionalInt maxTurns,
        List<TurnSummary> history,
        Optional<SandboxView> sandbox,
        long lastSeq) {

    /** @param tool the tool that runs now */
    public record CurrentTurn(TurnId turn, long startedMicros, Optional<String> tool) {}

    /** @param status {@code running} or how it ended */
    public record TurnSummary(
            TurnId turn,
            String prompt,
            String status,
            long startedMicros,
            OptionalLong endedMicros,
            long fromSeq,
            long toSeq,
            String summary) {}

    public record SandboxView(SandboxId id, String isolation) {}
}
