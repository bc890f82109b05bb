package dev.belay.server.cloudagent.stream;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What open streams share instead of a thread each: threads that work for those to which something came, and one that looks now and then for
 * those that were silent for too long. Safe for many threads.
 */
public final class StreamPulse implements AutoCloseable {
    private static final long LONGEST_PAUSE_MILLIS = 250;
    private static final int PAUSES_IN_SILENCE = 10;

    private final Set<SessionStream> open = ConcurrentHashMap.newKeySet();
    private final Executor workers =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("stream").factory());
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("stream-pulse").factory());

    /** @param silence after which a stream shows that it lives */
    public StreamPulse(Duration silence) {
        long pause = Math.clamp(silence.toMillis() / PAUSES_IN_SILENCE, 1, LONGEST_PAUSE_MILLIS);
        var _ = clock.scheduleWithFixedDelay(
                () -> open.forEach(SessionStream::beat), pause, pause, TimeUnit.MILLISECONDS);
    }

    void add(SessionStream stream) {
        open.add(stream);
    }

    void remove(SessionStream stream) {
        open.remove(stream);
    }

    /** Works on a thread that may wait for the store. */
    void work(Runnable work) {
        workers.execute(work);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
