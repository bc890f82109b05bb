package dev.belay.agent.session;

import dev.belay.api.BelayException;
import dev.belay.api.CapacityException;
import dev.belay.api.EpochMicros;
import dev.belay.api.SessionId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of which this process holds something. One that nobody uses is given up when it was idle for too long, or when too many
 * sandboxes run. Safe for many threads.
 */
final class LiveSessions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveSessions.class);
    private static final Duration SHORTEST_LOOK = Duration.ofMillis(50);
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);

    private static final Duration TAKE_DOWN_AFTER = Duration.ofMillis(100);

    private final Map<SessionId, LiveSession> sessions = new HashMap<>();
    /** Those whose sandbox is being stopped: whoever wants one waits. */
    private final Map<SessionId, CountDownLatch> releasing = new HashMap<>();

    private final InstantSource clock;
    private final SessionLimits limits;
    private final Runnable alsoLook;
    private boolean closed;
    private final Thread watch;

    /** @param alsoLook what else is to be done now and then */
    LiveSessions(InstantSource clock, SessionLimits limits, Runnable alsoLook) {
        this.clock = clock;
        this.limits = limits;
        this.alsoLook = alsoLook;
        this.watch = Thread.ofVirtual().name("idle-sessions").unstarted(this::watch);
    }

    /** Begins to watch for what is idle; once is enough. */
    synchronized void start() {
        if (watch.getState() == Thread.State.NEW) {
            watch.start();
        }
    }

    /**
     * The session to be used; {@link #leave} it afterwards.
     *
     * @throws CapacityException if this process closes
     */
    LiveSession enter(SessionId id, Supplier<LiveSession> make) {
        while (true) {
            CountDownLatch release;
            synchronized (this) {
                if (closed) {
                    throw new CapacityException("the server is shutting down");
                }
                release = releasing.get(id);
                if (release == null) {
                    LiveSession live = sessions.computeIfAbsent(id, _ -> make.get());
                    live.users++;
                    return live;
                }
            }
            await(release);
        }
    }

    private static void await(CountDownLatch release) {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CapacityException("interrupted while the session's sandbox was stopped");
        }
    }

    /** Its user is done with it. */
    void leave(LiveSession live) {
        List<LiveSession> given;
        synchronized (this) {
            live.users--;
            live.idleSinceMicros = EpochMicros.now(clock);
            given = take(live.users == 0 && live.temporary() ? List.of(live) : beyondCap());
        }
        if (!given.isEmpty()) {
            Thread.ofVirtual().name("session-release").start(() -> given.forEach(this::release));
        }
    }

    synchronized Optional<LiveSession> find(SessionId id) {
        return Optional.ofNullable(sessions.get(id));
    }

    synchronized List<LiveSession> all() {
        return List.copyOf(sessions.values());
    }

    /** Gives it up for good: nobody finds it from now on. */
    synchronized Optional<LiveSession> remove(SessionId id) {
        return Optional.ofNullable(sessions.remove(id));
    }

    /** Only while this is locked; each is to be released then. */
    private List<LiveSession> take(List<LiveSession> which) {
        which.forEach(live -> {
            if (sessions.remove(live.id(), live)) {
                releasing.put(live.id(), new CountDownLatch(1));
            }
        });
        return which;
    }

    private List<LiveSession> beyondCap() {
        List<LiveSession> running = sessions.values().stream()
                .filter(live -> live.sandbox().isPresent())
                .toList();
        int over = running.size() - limits.liveSandboxes();
        return over <= 0
                ? List.of()
                : running.stream()
                        .filter(live -> live.users == 0)
                        .sorted(Comparator.comparingLong(live -> live.idleSinceMicros))
                        .limit(over)
                        .toList();
    }

    private void watch() {
        Duration look = limits.idle().dividedBy(4);
        Duration pause = look.compareTo(SHORTEST_LOOK) < 0
                ? SHORTEST_LOOK
                : look.compareTo(LONGEST_LOOK) > 0 ? LONGEST_LOOK : look;
        try {
            while (true) {
                Thread.sleep(pause);
                giveUpIdle();
                alsoLook.run();
            }
        } catch (InterruptedException e) {
            // This process closes.
        }
    }

    private void giveUpIdle() {
        long before = EpochMicros.now(clock) - limits.idle().toNanos() / 1000;
        List<LiveSession> idle;
        synchronized (this) {
            idle = take(sessions.values().stream()
                    .filter(live -> live.users == 0 && live.idleSinceMicros <= before)
                    .toList());
        }
        idle.forEach(this::release);
    }

    private void release(LiveSession live) {
        try {
            if (live.temporary()) {
                // The walls come down when the readers have their result and perhaps sent their next request.
                Thread.sleep(TAKE_DOWN_AFTER);
            }
        } catch (InterruptedException e) {
            // At once, then.
        }
        try {
            live.release();
        } catch (BelayException e) {
            LOG.warn("the sandbox of session {} could not be given up: {}", live.id(), e.text());
        } catch (RuntimeException e) {
            LOG.error("the session {} could not be given up", live.id(), e);
        } finally {
            synchronized (this) {
                CountDownLatch done = releasing.remove(live.id());
                if (done != null) {
                    done.countDown();
                }
            }
        }
    }

    /** Takes no more; what there is lets go of its sandbox. */
    @Override
    public void close() {
        List<LiveSession> left;
        List<CountDownLatch> leaving;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(sessions.values());
            leaving = List.copyOf(releasing.values());
            sessions.clear();
        }
        watch.interrupt();
        leaving.forEach(LiveSessions::await);
        for (LiveSession live : left) {
            try {
                live.letGo();
            } catch (BelayException e) {
                LOG.warn("the sandbox of session {} could not be let go: {}", live.id(), e.text());
            }
        }
    }
}
