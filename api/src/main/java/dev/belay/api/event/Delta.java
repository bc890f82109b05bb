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

    /** Whether the other piece comes after this one in the same block. */
    public boolean continuedBy(Delta next) {
        return turn.equals(next.turn) && kind == next.kind && source.equals(next.source);
    }

    /** Both as one piece. */
    public Delta followedBy(Delta next) {
        return new Delta(turn, kind, text + next.text, source);
    }
}
