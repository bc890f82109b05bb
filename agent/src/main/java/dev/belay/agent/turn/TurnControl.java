package dev.belay.agent.turn;

import dev.belay.api.event.TurnStatus;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a running turn is told to end: the first reason counts, and its thread is interrupted. Safe for many threads. */
public final class TurnControl {
    private @Nullable TurnStatus reason;
    private @Nullable Thread thread;

    /** The turn's thread is this one; from now on a stop interrupts it. */
    synchronized void begin() {
        thread = Thread.currentThread();
        if (reason != null) {
            thread.interrupt();
        }
    }

    /** The turn has decided how it ends; a stop that comes later changes nothing. */
    synchronized void end() {
        thread = null;
        Thread.interrupted();
    }

    /** Asks the turn to end with that status. */
    public synchronized void stop(TurnStatus as) {
        if (reason == null) {
            reason = as;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    /** Why it was asked to end, if it was. */
    public synchronized Optional<TurnStatus> stopped() {
        return Optional.ofNullable(reason);
    }
}
