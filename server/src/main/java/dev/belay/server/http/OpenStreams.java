package dev.belay.server.http;

import dev.belay.api.CapacityException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The responses that stream now: so many and no more, and an orderly end for them when the server stops. Safe for many threads. */
public final class OpenStreams {
    private final int most;
    private final Set<Place> taken = new HashSet<>();
    private boolean closing;

    public OpenStreams(int most) {
        this.most = most;
    }

    /** One stream's place; closing it gives it back. */
    public final class Place implements AutoCloseable {
        private Runnable wake = () -> {};
        private boolean endsItself = true;

        /** Says how to wake the stream when the server stops, and whether it ends by itself once the turns have ended. */
        public void onClosing(boolean streamEndsItself, Runnable wakeUp) {
            boolean now;
            synchronized (OpenStreams.this) {
                endsItself = streamEndsItself;
                wake = wakeUp;
                now = closing && !streamEndsItself;
            }
            if (now) {
                wakeUp.run();
            }
        }

        /** Whether the server stops. */
        public boolean closing() {
            synchronized (OpenStreams.this) {
                return closing;
            }
        }

        @Override
        public void close() {
            synchronized (OpenStreams.this) {
                taken.remove(this);
                OpenStreams.this.notifyAll();
            }
        }
    }

    /** Takes a place; {@link CapacityException} if there is none. */
    public synchronized Place enter() {
        if (closing) {
            throw new CapacityException("the server is shutting down");
        }
        if (taken.size() >= most) {
            throw new CapacityException("as many responses stream as limits.concurrent_streams (" + most
                    + ") allows; try again when one has ended");
        }
        Place place = new Place();
        taken.add(place);
        return place;
    }

    public synchronized int count() {
        return taken.size();
    }

    /** Wakes the streams that would go on for ever, gives all of them that time to write their last events, then wakes the rest. */
    public void close(Duration grace) {
        wake(false);
        awaitEmpty(grace);
        wake(true);
        awaitEmpty(grace);
    }

    private void wake(boolean alsoThoseThatEnd) {
        List<Runnable> wakes;
        synchronized (this) {
            closing = true;
            wakes = taken.stream()
                    .filter(place -> alsoThoseThatEnd || !place.endsItself)
                    .map(place -> place.wake)
                    .toList();
        }
        wakes.forEach(Runnable::run);
    }

    private synchronized void awaitEmpty(Duration longest) {
        long end = System.nanoTime() + longest.toNanos();
        try {
            while (!taken.isEmpty() && end - System.nanoTime() > 0) {
                wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
