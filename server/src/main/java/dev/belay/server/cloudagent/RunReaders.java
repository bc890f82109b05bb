package dev.belay.server.cloudagent;

import dev.belay.api.SessionId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who reads which run. A run is for its readers: when the last one walks away, it is cancelled, at once or after a time in which one may come
 * back. Safe for many threads.
 */
final class RunReaders implements AutoCloseable {
    private final ScheduledExecutorService timer;
    private final Map<SessionId, Readers> runs = new HashMap<>();

    private static final class Readers {
        private int count;
        private @Nullable Future<?> cancellation;
    }

    /** @param timer is closed with this */
    RunReaders(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    synchronized void joined(SessionId session) {
        Readers readers = runs.computeIfAbsent(session, _ -> new Readers());
        readers.count++;
        if (readers.cancellation != null) {
            readers.cancellation.cancel(false);
            readers.cancellation = null;
        }
    }

    /** A reader that has all it wants, or that the server cut: the run goes on. */
    synchronized void left(SessionId session) {
        leave(session);
    }

    /** A reader walked away. If it was the last, {@code cancel} runs once that time has passed without a new one. */
    void abandoned(SessionId session, Duration grace, Runnable cancel) {
        synchronized (this) {
            if (!leave(session)) {
                return;
            }
            if (grace.isPositive()) {
                Readers waiting = new Readers();
                waiting.cancellation = timer.schedule(
                        () -> expired(session, waiting, cancel), grace.toMillis(), TimeUnit.MILLISECONDS);
                runs.put(session, waiting);
                return;
            }
        }
        cancel.run();
    }

    private void expired(SessionId session, Readers waiting, Runnable cancel) {
        synchronized (this) {
            if (waiting.count > 0) {
                return;
            }
            runs.remove(session, waiting);
        }
        cancel.run();
    }

    /** Whether that was the last one. */
    private boolean leave(SessionId session) {
        Readers readers = runs.get(session);
        if (readers == null || --readers.count > 0) {
            return false;
        }
        runs.remove(session);
        return true;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
