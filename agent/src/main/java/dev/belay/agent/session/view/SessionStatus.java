package dev.belay.agent.session.view;

import dev.belay.api.Cost;
import dev.belay.api.Money;
import dev.belay.api.TurnId;
import dev.belay.api.Usage;
import dev.belay.sandbox.registry.Inspection;
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
 * @param sandbox the one in which its files are, if it has one; it may be stopped
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

    /**
     * @param status {@code running} or how it ended
     * @param rewound whether it is not part of the conversation any more
     */
    public record TurnSummary(
            TurnId turn,
            String prompt,
            String status,
            long startedMicros,
            OptionalLong endedMicros,
            long fromSeq,
            long toSeq,
            String summary,
            boolean rewound) {
        public TurnSummary rewind() {
            return new TurnSummary(turn, prompt, status, startedMicros, endedMicros, fromSeq, toSeq, summary, true);
        }
    }

    /** @param openedMicros since when this process has it open, if it has */
    public record SandboxView(Inspection inspection, OptionalLong openedMicros) {}
}
