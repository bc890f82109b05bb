package dev.belay.server.operation;

import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import java.util.concurrent.atomic.AtomicLongArray;

/** How many turns ended how since the process began. Safe for many threads. */
public final class TurnCounts {
    private final AtomicLongArray counts = new AtomicLongArray(TurnStatus.values().length);

    public void finished(TurnEvent.Finished finished) {
        counts.incrementAndGet(finished.status().ordinal());
    }

    public long of(TurnStatus status) {
        return counts.get(status.ordinal());
    }
}
