package dev.belay.store;

import dev.belay.api.BelayException;
import dev.belay.api.StorageException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The group-commit writer. Whoever waits for a unit and finds nobody committing takes all that has queued up, runs it in one transaction,
 * commits once, runs the hooks in order and wakes the others: no change of thread where there is one writer, and one commit for many where
 * there are more. A thread of its own takes what nobody waits for, and what came in during somebody's commit. If one of the units fails, all
 * are run again with a savepoint around each, so that it fails alone.
 *
 * <p>A connection that breaks is waited for, for so long as {@link Patience} says; the units are run again, unless the commit turns out to be
 * stored. After that units are refused at once, until the database is back.
 */
final class GroupCommitWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommitWriter.class);
    private static final int MAX_UNITS_PER_COMMIT = 1000;
    /**
     * How long what nobody waits for may wait for company: mostly the next step of the same turn, which would else find the writer busy with a
     * commit of its own.
     */
    private static final long LINGER_NANOS = 5_000_000;

    private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);

    private final WriteConnection connection;
    private final Patience patience;
    private final ConcurrentLinkedQueue<PendingUnit<?>> queue = new ConcurrentLinkedQueue<>();
    /** Held by who commits; guards the connection and what is known of it. */
    private final ReentrantLock committing = new ReentrantLock();

    private final Thread thread;
    /** Whether the thread sleeps until it is woken. */
    private volatile boolean idle;
    /** Whether someone waits for what is in the queue and cannot commit it. */
    private volatile boolean urgent;

    private volatile boolean closed;
    /** Whether the connection is closed, too. */
    private boolean over;
    /** Why there is no connection, once that was waited for in vain. */
    private @Nullable BelayException away;

    private long lastTry;

    /**
     * How long a broken connection is waited for.
     *
     * @param outage by units that were certainly not stored
     * @param doubt by units that may have been stored: those in a commit that got no answer
     */
    record Patience(Duration outage, Duration doubt) {}

    GroupCommitWriter(WriteConnection connection, Patience patience) {
        this.connection = connection;
        this.patience = patience;
        this.thread =
                Thread.ofPlatform().name("belay-store-writer").daemon(true).start(this::loop);
    }

    /** Hands a unit in and waits for it; wakes nobody where this thread can commit it. */
    <T> T write(Database.Unit<T> unit) {
        return queued(unit).await();
    }

    <T> Database.Written<T> submit(Database.Unit<T> unit) {
        PendingUnit<T> pending = queued(unit);
        if (idle) {
            LockSupport.unpark(thread);
        }
        return pending;
    }

    private <T> PendingUnit<T> queued(Database.Unit<T> unit) {
        if (committing.isHeldByCurrentThread()) {
            throw new IllegalStateException("a unit of work must not start another one");
        }
        if (closed) {
            throw closedError();
        }
        PendingUnit<T> pending = new PendingUnit<>(unit, connection, this);
        queue.add(pending);
        return pending;
    }

    /** Commits what has queued up, unless somebody else commits now. */
    void commitUnlessBusy() {
        if (closed) {
            // The thread may have looked for the last time.
            committing.lock();
            commitQueued();
        } else if (connection.forAnyThread() && committing.tryLock()) {
            commitQueued();
        }
    }

    /** Sees to it that what is in the queue is committed soon. */
    void hurry() {
        urgent = true;
        LockSupport.unpark(thread);
    }

    private void loop() {
        while (awaitWork()) {
            committing.lock();
            commitQueued();
        }
    }

    /** False once all is done and nothing more comes. */
    private boolean awaitWork() {
        while (queue.isEmpty()) {
            if (closed) {
                return false;
            }
            idle = true;
            if (queue.isEmpty() && !closed) {
                LockSupport.park(this);
            }
            idle = false;
        }
        long end = System.nanoTime() + LINGER_NANOS;
        for (long left = LINGER_NANOS; left > 0 && !urgent && !closed; left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
        return true;
    }

    /** One commit, with the lock held, which is released; then those who waited for it are woken. */
    private void commitQueued() {
        List<PendingUnit<?>> batch = new ArrayList<>();
        try {
            urgent = false;
            for (PendingUnit<?> next = queue.poll(); next != null; next = queue.poll()) {
                batch.add(next);
                if (batch.size() == MAX_UNITS_PER_COMMIT) {
                    break;
                }
            }
            if (over) {
                StorageException why = closedError();
                batch.forEach(late -> late.fail(why));
            } else if (!batch.isEmpty()) {
                answer(batch);
            }
        } finally {
            committing.unlock();
        }
        batch.forEach(PendingUnit::wake);
    }

    private void answer(List<PendingUnit<?>> batch) {
        try {
            if (connected()) {
                store(batch);
            } else {
                BelayException why = away;
                batch.forEach(pending -> pending.fail(why));
            }
        } catch (SQLException | RuntimeException | Error e) {
            BelayException why = connection.translate("the write was not stored", e);
            batch.forEach(pending -> pending.fail(why));
        }
        // All hooks before the first wake-up: who reads after its write sees everything of the commit published.
        batch.forEach(PendingUnit::committed);
    }

    /** Whether there is a connection; one that was waited for in vain is tried again, but not for every unit. */
    private boolean connected() {
        if (away == null) {
            return true;
        }
        if (System.nanoTime() - lastTry < BETWEEN_TRIES.toNanos()) {
            return false;
        }
        try {
            lastTry = System.nanoTime();
            connection.reconnect();
            LOG.info("the database is back");
            away = null;
            return true;
        } catch (SQLException | RuntimeException e) {
            lastTry = System.nanoTime();
            away = connection.translate("the write was not stored", e);
            return false;
        }
    }

    private void store(List<PendingUnit<?>> batch) throws SQLException {
        boolean together = true;
        while (true) {
            boolean committing = false;
            try {
                connection.begin(together);
                if (together) {
                    runTogether(batch);
                } else {
                    runApart(batch);
                }
                connection.flush();
                committing = true;
                connection.commit();
                return;
            } catch (SQLException | RuntimeException | Error e) {
                if (connection.lost(e)) {
                    if (awaitConnection(e, committing)) {
                        return;
                    }
                } else {
                    connection.rollBack();
                    if (!together) {
                        throw e;
                    }
                    together = false;
                }
                batch.forEach(PendingUnit::undo);
            }
        }
    }

    private static void runTogether(List<PendingUnit<?>> batch) {
        batch.forEach(PendingUnit::run);
    }

    private void runApart(List<PendingUnit<?>> batch) throws SQLException {
        for (PendingUnit<?> pending : batch) {
            connection.savepoint();
            try {
                pending.run();
            } catch (RuntimeException | Error e) {
                if (connection.lost(e)) {
                    throw e;
                }
                pending.fail(connection.isStorage(e) ? connection.translate("the write was not stored", e) : e);
                connection.rollBackToSavepoint();
            }
            connection.releaseSavepoint();
        }
    }

    /**
     * Returns when the connection is back.
     *
     * @param committing whether it broke in a commit
     * @return whether that commit was stored
     * @throws BelayException if it did not come back in time
     */
    private boolean awaitConnection(Throwable thrown, boolean committing) throws SQLException {
        LOG.warn(
                "the connection to the database broke: {}",
                connection.translate("a write", thrown).getMessage());
        long began = System.nanoTime();
        while (true) {
            try {
                connection.reconnect();
                boolean stored = committing && connection.lastCommitWasStored();
                LOG.info("the connection to the database is back");
                return stored;
            } catch (SQLException | RuntimeException e) {
                Duration waited = Duration.ofNanos(System.nanoTime() - began);
                boolean late = waited.compareTo(patience.outage()) > 0;
                if (late) {
                    refuse(connection.translate("the write was not stored", e));
                }
                if (closed || (committing ? waited.compareTo(patience.doubt()) > 0 : late)) {
                    lastTry = System.nanoTime();
                    away = connection.translate("the write was not stored", e);
                    throw connection.translate(
                            committing ? "whether the write was stored is not known" : "the write was not stored", e);
                }
            }
            LockSupport.parkNanos(BETWEEN_TRIES.toNanos());
        }
    }

    /** What has queued up meanwhile need not wait for those whose answer is in doubt. */
    private void refuse(BelayException why) {
        for (PendingUnit<?> waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
            waiting.fail(why);
            waiting.wake();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        committing.lock();
        try {
            over = true;
            connection.close();
        } finally {
            committing.unlock();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    static StorageException closedError() {
        return new StorageException("storage_closed", "the database is closed", null);
    }
}
