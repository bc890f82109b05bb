package dev.belay.sandbox.registry;

import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Acts when the time of a sandbox has come. The deadlines themselves are stored, so that they also hold after a restart; this only wakes up
 * in time. The clock of the deadlines may be set, so it never sleeps for long.
 */
final class Deadlines implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final long LONGEST_SLEEP_MILLIS = 30_000;
    private static final long SHORTEST_SLEEP_MILLIS = 100;

    private final Supplier<OptionalLong> enforce;
    private final Thread watch = Thread.ofVirtual().name("sandbox-deadlines").unstarted(this::run);
    private boolean changed;
    private boolean closed;

    /** @param enforce acts on what is due and tells in how many microseconds the next one is */
    Deadlines(Supplier<OptionalLong> enforce) {
        this.enforce = enforce;
    }

    void start() {
        watch.start();
    }

    /** There may be an earlier one now. */
    synchronized void changed() {
        changed = true;
        notifyAll();
    }

    private void run() {
        try {
            long sleep = 0;
            while (await(sleep)) {
                sleep = LONGEST_SLEEP_MILLIS;
                try {
                    OptionalLong next = enforce.get();
                    if (next.isPresent()) {
                        sleep = Math.clamp(next.getAsLong() / 1000, SHORTEST_SLEEP_MILLIS, LONGEST_SLEEP_MILLIS);
                    }
                } catch (RuntimeException e) {
                    LOG.error("the deadlines of sandboxes could not be looked at; it is tried again", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the deadlines of sandboxes are no longer watched");
        }
    }

    private synchronized boolean await(long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (!closed && !changed) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        changed = false;
        return !closed;
    }

    /** Waits until what is being done is done: it needs what the caller closes next. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        if (watch.getState() == Thread.State.NEW) {
            return;
        }
        try {
            watch.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
