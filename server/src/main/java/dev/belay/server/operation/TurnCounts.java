package dev.belay.server.operation;

import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How many turns ended how since the process began. Safe for many threads. */
public final class TurnCounts {
    private final Map<TurnStatus, LongAdder> counts = new ConcurrentHashMap<>();

    public void finished(TurnEvent.Finished finished) {
        counter(finished.status()).increment();
    }

    public long of(TurnStatus status) {
        return counter(status).sum();
    }

    private LongAdder counter(TurnStatus status) {
        return counts.computeIfAbsent(status, _ -> new LongAdder());
    }
}
