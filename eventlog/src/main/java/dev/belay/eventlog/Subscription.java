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
 * from the store again (they are never lost), and is cut if deltas had to be dropped. For one reading thread.
 */
public final class Subscription implements AutoCloseable {
    static final int PAGE = 256;
    private static final long MAX_QUEUED_BYTES = 8L << 20;
    /** What an event or delta costs beside its text. */
    private static final int OVERHEAD = 200;

    private final LongFunction<List<Event>> history;
    private final Consumer<Subscription> onClose;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Queued> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean missed = true;
    private boolean cut;
    private boolean closed;
    // The reading thread's own.
    private final ArrayDeque<Event> page = new ArrayDeque<>();
    private long cursor;

    Subscription(LongFunction<List<Event>> history, long afterSeq, Consumer<Subscription> onClose) {
        this.history = history;
        this.cursor = afterSeq;
        this.onClose = onClose;
    }

    /** What a reader gets. */
    public sealed interface Delivery {
        record Durable(Event event) implements Delivery {}

        record Passing(Delta delta) implements Delivery {}
    }

    private record Queued(@Nullable Event event, @Nullable Delta delta, long bytes) {}

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
     * The next event or delta; empty if none came within the time, or the subscription is closed.
     *
     * @throws ReaderTooSlowException once what can no longer be delivered would come next
     */
    public Optional<Delivery> next(Duration timeout) throws InterruptedException, ReaderTooSlowException {
        long left = timeout.toNanos();
        while (true) {
            if (!page.isEmpty()) {
                return Optional.of(deliver(page.poll()));
            }
            Queued head = null;
            boolean fromStore = false;
            lock.lockInterruptibly();
            try {
                while (queue.isEmpty() && !missed && !cut && !closed && left > 0) {
                    left = changed.awaitNanos(left);
                }
                if (closed) {
                    return Optional.empty();
                }
                if (missed) {
                    missed = false;
                    fromStore = true;
                } else if (queue.isEmpty()) {
                    if (cut) {
                        throw new ReaderTooSlowException(cursor);
                    }
                    if (left <= 0) {
                        return Optional.empty();
                    }
                } else {
                    head = queue.poll();
                    queuedBytes -= head.bytes();
                }
            } finally {
                lock.unlock();
            }
            if (fromStore) {
                fill();
            } else if (head != null && head.delta() != null) {
                return Optional.of(new Delivery.Passing(head.delta()));
            } else if (head != null && head.event() != null && head.event().seq() > cursor) {
                return Optional.of(deliver(head.event()));
            }
        }
    }

    /** Reads on from the store, and drops from the queue what the store already told, with the deltas that led up to it. */
    private void fill() {
        List<Event> stored = history.apply(cursor);
        page.addAll(stored);
        long told = stored.isEmpty() ? cursor : stored.getLast().seq();
        lock.lock();
        try {
            int stale = 0;
            int i = 0;
            for (Queued item : queue) {
                i++;
                if (item.event() != null && item.event().seq() <= told) {
                    stale = i;
                }
            }
            for (; stale > 0; stale--) {
                queuedBytes -= queue.remove().bytes();
            }
            if (stored.size() == PAGE) {
                missed = true;
            }
        } finally {
            lock.unlock();
        }
    }

    private Delivery deliver(Event event) {
        cursor = event.seq();
        return new Delivery.Durable(event);
    }

    void offer(Event event, int bodyLength) {
        enqueue(new Queued(event, null, bodyLength * 2L + OVERHEAD));
    }

    void offer(Delta delta) {
        enqueue(new Queued(null, delta, delta.text().length() * 2L + OVERHEAD));
    }

    private void enqueue(Queued item) {
        lock.lock();
        try {
            if (closed || cut) {
                return;
            }
            if (queuedBytes + item.bytes() > MAX_QUEUED_BYTES) {
                cut = item.delta() != null || queue.stream().anyMatch(q -> q.delta() != null);
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
            queue.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        onClose.accept(this);
    }
}
