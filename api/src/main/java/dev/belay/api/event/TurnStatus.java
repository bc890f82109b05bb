package dev.belay.api.event;

import java.util.Locale;

/** How a turn ended (contract: Cloud Agent 1.2 row 7). */
public enum TurnStatus {
    SUCCESS,
    ERROR,
    /** The model was called as often as the request allowed and still wanted to go on. */
    MAX_TURNS,
    BUDGET_EXCEEDED,
    /** Someone asked it to stop, or the server died during the turn. */
    INTERRUPTED,
    TIMEOUT,
    /** The client that waited for it went away. */
    CANCELLED;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
