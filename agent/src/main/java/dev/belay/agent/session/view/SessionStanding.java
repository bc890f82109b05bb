package dev.belay.agent.session.view;

import dev.belay.api.TurnId;
import java.util.Optional;

/**
 * Where a session stands at one moment, without its history.
 *
 * @param open the turn that runs now
 * @param queued how many messages wait
 * @param lastSeq of its newest event
 */
public record SessionStanding(SessionSummary session, Optional<Running> open, int queued, long lastSeq) {
    /** @param startedMicros epoch microseconds */
    public record Running(TurnId turn, long startedMicros) {}
}
