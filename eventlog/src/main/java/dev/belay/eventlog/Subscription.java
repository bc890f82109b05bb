package dev.belay.eventlog;

import dev.belay.api.event.Delta;
import dev.belay.api.event.Event;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A reader's place in a stream. What comes in live waits in a queue that is bounded in bytes; a reader that falls further behind gets events
 * from the store again (they are never lost), as it gets large ones always, and is cut if deltas had to be dropped. Queue and page together
 * hold less than 1 MiB, but for a large event while it is handed out. For one reading thread at a time.
 */
public final class Subscription implements AutoCloseable {
    static final int PAGE_EVENTS = 256;
    /** A page is at most this large, or one event. */
    static final long PAGE_CHARACTERS = 64L << 10;

    static final long MAX_QUEUED_BYTES = 640L << 10;
    /** An event that is larger does not wait in memory. */
    static final long LARGE_BYTES = 64L << 10;
    /** From here on pieces of text are joined, which costs the reader nothing but their borders. */
    private static final long JOINED_FROM_BYTES = 64L << 10;

    private static final int LONGEST_JOINED = 4 << 10;
    /** What an event or delta costs beside its text. */
    private static final int OVERHEAD = 200;

    private final LongFunction<EventStore.Page> history;
    private final Runnable awaitPublishing;
    private final Consumer<Subscription> onClose;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Queued> queue = new ArrayDeque<>();
    private volatile Runnable ready = () -> {};
    private long queuedBytes;
    private boolean missed;
    private boolean cut;
    private boolean closed;
    /** What the store told and the reader has not had yet. */
    private final ArrayDeque<Event> page = new ArrayDeque<>();

    private long cursor;

    /**
     * @param history the next page of the store after a {@code seq}
     * @param awaitPublishing returns once what the store shows has been offered to this subscription
     * @param hasHistory whether the store may hold events after the cursor already
     */
    Subscription(
            LongFunction<EventStore.Page> history,
            Runnable awaitPublishing,
            long afterSeq,
            boolean hasHistory,
            Consumer<Subscription> onClose) {
        this.history = history;
        this.awaitPublishing = awaitPublishing;
        this.cursor = afterSeq;
        this.missed = hasHistory;
        this.onClose = onClose;
    }

    /** What a reader gets. */
    public sealed interface Delivery {
        record Durable(Event event) implements Delivery {}

        record Passing(Delta delta) implements Delivery {}
    }

    /** A delta, or an event: itself, or, if it is large, only that it is in the store. */
    private record Queued(
            long seq, @Nullable Event event, @Nullable Delta delta, long bytes) {}

    /** The reader did not keep up and deltas were dropped; it may subscribe again after {@link #resumeAfter()} and loses no event. */
    public static final class ReaderTooSlowException extends Exception {
        private static final long serialVersionUID = 1;
        private final long resumeAfter;

        ReaderTooSlowException(long resumeAfter) {
            super("the reader fell behind by more than " + MAX_QUEUED_BYTES + " bytes; resume after seq "
                    + resumeAfter);
            this.resumeAfter = resumeAfter;
        }

        public long resumeAfter() {
            return resumeAfter;
        }
    }

    /** The {@code seq} of the last event handed out. */
    public long cursor() {
        return cursor;
    }

    /**
     * Says who is told when {@link #next} may have something: on the thread that publishes, for every event and every delta, so it must be
     * quick. What there is already is not told.
     */
    public void whenReady(Runnable told) {
        ready = told;
    }

    /**
     * The next event or delta; empty if none came within the time, or the subscription is closed.
     *
     * @throws ReaderTooSlowException once what can no longer be delivered would come next
     */
    public Optional<Delivery> next(Duration timeout) throws InterruptedException, ReaderTooSlowException {
        long left = timeout.toNanos();
        while (true) {
            Queued head = null;
            lock.lockInterruptibly();
            try {
                while (page.isEmpty() && queue.isEmpty() && !missed && !cut && !closed && left > 0) {
                    left = changed.awaitNanos(left);
                }
                if (closed) {
                    return Optional.empty();
                }
                if (!page.isEmpty()) {
                    return Optional.of(deliver(page.remove()));
                }
                if (!missed) {
                    if (queue.isEmpty()) {
                        if (cut) {
                            throw new ReaderTooSlowException(cursor);
                        }
                        return Optional.empty();
                    }
                    head = queue.remove();
                    queuedBytes -= head.bytes();
                }
                missed = false;
            } finally {
                lock.unlock();
            }
            if (head == null) {
                fill(read());
            } else if (head.delta() != null) {
                return Optional.of(new Delivery.Passing(head.delta()));
            } else if (head.event() != null && head.seq() > cursor) {
                return Optional.of(deliver(head.event()));
            } else if (head.seq() > cursor) {
                // A large one; what follows it is in the queue.
                List<Event> stored = read().events();
                if (!stored.isEmpty() && stored.getFirst().seq() == head.seq()) {
                    return Optional.of(deliver(stored.getFirst()));
                }
                miss();
            }
        }
    }

    private EventStore.Page read() {
        try {
            return history.apply(cursor);
        } catch (RuntimeException e) {
            miss();
            throw e;
        }
    }

    /** Takes over a page of the store, and drops from the queue what it tells, with the deltas that led up to it. */
    private void fill(EventStore.Page stored) {
        if (stored.events().isEmpty()) {
            return;
        }
        long told = stored.events().getLast().seq();
        if (holdsDeltas()) {
            // Else one that led up to an event of this page, which is stored and not yet offered, would follow it.
            awaitPublishing.run();
        }
        lock.lock();
        try {
            page.addAll(stored.events());
            int stale = 0;
            int i = 0;
            for (Queued item : queue) {
                i++;
                if (item.delta() == null && item.seq() <= told) {
                    stale = i;
                }
            }
            for (; stale > 0; stale--) {
                queuedBytes -= queue.remove().bytes();
            }
            missed |= stored.more();
        } finally {
            lock.unlock();
        }
    }

    private void miss() {
        lock.lock();
        try {
            missed = true;
        } finally {
            lock.unlock();
        }
    }

    private boolean holdsDeltas() {
        lock.lock();
        try {
            return queue.stream().anyMatch(item -> item.delta() != null);
        } finally {
            lock.unlock();
        }
    }

    /** What waits in memory for the reader: events of the store, and bytes of what came live. */
    int heldEvents() {
        lock.lock();
        try {
            return page.size();
        } finally {
            lock.unlock();
        }
    }

    long heldBytes() {
        lock.lock();
        try {
            return queuedBytes;
        } finally {
            lock.unlock();
        }
    }

    private Delivery deliver(Event event) {
        cursor = event.seq();
        return new Delivery.Durable(event);
    }

    void offer(Event event, int bodyLength) {
        long bytes = bodyLength * 2L + OVERHEAD;
        enqueue(
                bytes <= LARGE_BYTES
                        ? new Queued(event.seq(), event, null, bytes)
                        : new Queued(event.seq(), null, null, OVERHEAD));
        ready.run();
    }

    void offer(Delta delta) {
        lock.lock();
        try {
            enqueue(queued(joined(delta)));
        } finally {
            lock.unlock();
        }
        ready.run();
    }

    private static Queued queued(Delta delta) {
        return new Queued(0, null, delta, delta.text().length() * 2L + OVERHEAD);
    }

    /** The delta, or, behind a reader that is slow, what it makes together with the one before it, which then leaves the queue. */
    private Delta joined(Delta delta) {
        Queued last = queue.peekLast();
        if (queuedBytes < JOINED_FROM_BYTES
                || last == null
                || last.delta() == null
                || !last.delta().continuedBy(delta)
                || last.delta().text().length() + delta.text().length() > LONGEST_JOINED) {
            return delta;
        }
        queue.removeLast();
        queuedBytes -= last.bytes();
        return last.delta().followedBy(delta);
    }

    private void enqueue(Queued item) {
        lock.lock();
        try {
            if (closed || cut) {
                return;
            }
            // What finds nobody before it fits: nobody is behind by one piece.
            if (queuedBytes + item.bytes() > MAX_QUEUED_BYTES && !queue.isEmpty()) {
                cut = item.delta() != null || holdsDeltas();
                queue.clear();
                queuedBytes = 0;
                missed = true;
            } else {
                queue.add(item);
                queuedBytes += item.bytes();
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Stops the delivery; a thread that waits in {@link #next} gets empty. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            page.clear();
            queue.clear();
            queuedBytes = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        onClose.accept(this);
    }
}
