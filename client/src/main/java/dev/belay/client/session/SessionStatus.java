package dev.belay.client.session;

import dev.belay.api.Cost;
import dev.belay.api.JsonText;
import dev.belay.api.Money;
import dev.belay.api.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a session stands.
 *
 * @param current the turn that runs
 * @param turns how many there were, that one among them
 * @param queued how many messages wait
 * @param lastSeq of its events
 * @param usage of all turns together, as {@code cost}
 * @param maxBudget what all turns may cost together
 * @param history its turns, oldest first; of very many the first 500
 * @param json all that the server told
 */
public record SessionStatus(
        Session session,
        Optional<Current> current,
        int turns,
        int queued,
        long lastSeq,
        Usage usage,
        Cost cost,
        Optional<Money> maxBudget,
        List<Turn> history,
        JsonText json) {
    public SessionStatus {
        history = List.copyOf(history);
    }

    /** @param tool the one that runs now */
    public record Current(String turn, Instant startedAt, Optional<String> tool) {}

    /**
     * One turn.
     *
     * @param status as in {@link SessionEvent.Result}, or {@code running}
     * @param fromSeq its first event
     * @param summary the agent's last words
     * @param rewound whether it is not part of the conversation any more
     */
    public record Turn(
            String id,
            String prompt,
            String status,
            Instant startedAt,
            Optional<Instant> endedAt,
            long fromSeq,
            String summary,
            boolean rewound) {}
}
