package dev.belay.api.event;

import dev.belay.api.TurnId;

/**
 * A piece of a block that is still being written. Transient: it has no {@code seq} and is never stored; whoever connects later gets the
 * whole block as an event.
 */
public record Delta(TurnId turn, Kind kind, String text, String source) {
    /** What the piece belongs to. */
    public enum Kind {
        TEXT,
        THINKING
    }
}
