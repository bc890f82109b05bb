package dev.belay.sandbox.live;

import dev.belay.api.BelayException;
import dev.belay.api.FileException;
import dev.belay.sandbox.SandboxProvider;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds sandboxes to their limit for the disk as a whole, softly: it looks at what their files take while something runs in them, and after.
 * A program can be over for as long as two looks are apart. One whose limit is exact needs no watch.
 */
public final class DiskWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);
    private static final Duration ROUND = Duration.ofSeconds(1);
    /** A look may take this share of the time, so that large trees do not cost a core. */
    private static final int SHARE = 20;

    private final SandboxProvider provider;
    private final Map<LiveSandbox, Long> nextLooks = new ConcurrentHashMap<>();
    private @Nullable Thread thread;
    private boolean closed;

    public DiskWatch(SandboxProvider provider) {
        this.provider = provider;
    }

    /** Files may have changed: it is looked at within a second, or when its turn comes. */
    public void touched(LiveSandbox sandbox) {
        if (!sandbox.limits().exactDisk()
                && nextLooks.putIfAbsent(sandbox, System.nanoTime() + ROUND.toNanos()) == null) {
            wake();
        }
    }

    public void forget(LiveSandbox sandbox) {
        nextLooks.remove(sandbox);
    }

    private synchronized void wake() {
        if (thread == null && !closed) {
            thread = Thread.ofVirtual().name("sandbox-disk-watch").start(this::run);
        }
        notifyAll();
    }

    private void run() {
        try {
            while (awaitWork()) {
                Thread.sleep(ROUND);
                nextLooks.forEach((sandbox, next) -> {
                    if (System.nanoTime() - next >= 0) {
                        look(sandbox);
                    }
                });
            }
        } catch (InterruptedException e) {
            LOG.debug("the disk watch was told to end");
        }
    }

    private synchronized boolean awaitWork() throws InterruptedException {
        while (nextLooks.isEmpty() && !closed) {
            wait();
        }
        return !closed;
    }

    private void look(LiveSandbox sandbox) {
        nextLooks.remove(sandbox);
        long begun = System.nanoTime();
        try {
            sandbox.seen(provider.diskUsage(sandbox.state()));
        } catch (BelayException e) {
            LOG.warn("the files of sandbox {} could not be counted: {}", sandbox.id(), e.text());
        }
        if (!sandbox.running().isEmpty()) {
            long took = System.nanoTime() - begun;
            nextLooks.put(sandbox, System.nanoTime() + Math.max(ROUND.toNanos(), SHARE * took));
        }
    }

    /** How many bytes more may be written from outside. Looks again before it says that there are none. */
    public long room(LiveSandbox sandbox) {
        long limit = sandbox.limits().diskBytes();
        if (sandbox.limits().exactDisk()) {
            return limit;
        }
        if (sandbox.disk().bytes() >= limit) {
            sandbox.seen(provider.diskUsage(sandbox.state()));
        }
        long room = limit - sandbox.disk().bytes();
        if (room <= 0) {
            throw new FileException(
                    "disk_full",
                    "the sandbox's files take " + sandbox.disk().bytes() + " bytes; its limit is " + limit
                            + ". Remove some first.");
        }
        return room;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
