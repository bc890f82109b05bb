package dev.belay.agent.budget;

import java.time.LocalDate;
import java.util.List;

/**
 * Which usage is wanted.
 *
 * @param from the first day (UTC)
 * @param to the last day
 * @param by what is told apart; nothing for one sum
 * @param limit how many rows at most
 */
public record UsageQuery(LocalDate from, LocalDate to, List<By> by, int limit) {
    public UsageQuery {
        by = by.stream().distinct().toList();
    }

    /** What usage can be told apart by. */
    public enum By {
        DAY,
        /** The principal whose turn it was: mostly the id of an API key. */
        KEY,
        SESSION,
        MODEL
    }
}
