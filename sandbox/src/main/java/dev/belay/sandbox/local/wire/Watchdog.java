package dev.belay.sandbox.local.wire;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that nobody waits for ever: a connection on which nothing came for longer than its bound is told, and a sandbox on which
 * somebody waits is asked now and then whether it still lives. Safe for many threads.
 */
public final class Watchdog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    private final Duration round;
    private final Duration answer;
    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final Map<InitConnections, Long> asked = new ConcurrentHashMap<>();
    private @Nullable Thread thread;
    private boolean closed;

    private record Watched(FrameChannel channel, Duration bound, Runnable onSilence, Optional<InitConnections> init) {}

    /**
     * @param round how often it looks
     * @param answer within what time a sandbox that is asked whether it lives must say so; also how long one is left alone
     */
    public Watchdog(Duration round, Duration answer) {
        this.round = round;
        this.answer = answer;
    }

    /** As the product uses it. */
    public static Watchdog standard() {
        return new Watchdog(Duration.ofSeconds(1), Duration.ofSeconds(10));
    }

    /** Within what time a sandbox that is asked whether it lives must say so. */
    Duration answer() {
        return answer;
    }

    /** Until the channel is closed: calls {@code onSilence} when its reader has waited for longer than {@code bound}. */
    public void watch(FrameChannel channel, Duration bound, Runnable onSilence) {
        add(new Watched(channel, bound, onSilence, Optional.empty()));
    }

    /** As {@link #watch(FrameChannel, Duration, Runnable)}, and asks that sandbox meanwhile. */
    void watch(FrameChannel channel, Duration bound, Runnable onSilence, InitConnections init) {
        add(new Watched(channel, bound, onSilence, Optional.of(init)));
    }

    private void add(Watched one) {
        watched.add(one);
        synchronized (this) {
            if (thread == null && !closed) {
                thread = Thread.ofPlatform().daemon().name("sandbox-watchdog").start(this::run);
            }
            notifyAll();
        }
    }

    private void run() {
        try {
            while (awaitWork()) {
                Thread.sleep(round);
                watched.removeIf(one -> !one.channel().isOpen());
                watched.forEach(this::look);
                asked.keySet()
                        .removeIf(init -> watched.stream()
                                .noneMatch(
                                        one -> one.init().filter(init::equals).isPresent()));
            }
        } catch (InterruptedException e) {
            LOG.debug("the watchdog of sandboxes was told to end");
        }
    }

    private synchronized boolean awaitWork() throws InterruptedException {
        while (watched.isEmpty() && !closed) {
            wait();
        }
        return !closed;
    }

    private void look(Watched one) {
        if (one.channel().silence().compareTo(one.bound()) > 0) {
            watched.remove(one);
            one.onSilence().run();
            return;
        }
        one.init().ifPresent(init -> {
            long now = System.nanoTime();
            long last = asked.computeIfAbsent(init, _ -> now);
            if (now - last > answer.toNanos()) {
                asked.put(init, now);
                Thread.ofVirtual().name("sandbox-ping").start(init::ping);
            }
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
