package dev.belay.agent.session;

import dev.belay.api.Cost;
import dev.belay.api.SandboxId;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.Usage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A session as it stands. Times are epoch microseconds.
 *
 * @param state {@code running} or {@code idle}
 * @param modelCalls over all turns
 * @param current the turn that runs now
 * @param sandbox the sandbox that is open now
 */
public record SessionStatus(
        SessionId id,
        Optional<String> name,
        String state,
        String engine,
        String model,
        long createdMicros,
        long lastActiveMicros,
        Optional<CurrentTurn> current,
        int turns,
        int modelCalls,
        Usage usage,
        Cost cost,
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
