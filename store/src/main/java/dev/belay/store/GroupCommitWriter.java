package dev.belay.store;

import dev.belay.api.BelayException;
import dev.belay.api.StorageException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The group-commit writer: one thread takes what has queued up, runs it in one transaction, commits once, then runs the hooks in order and
 * wakes the writers. If one of the units fails, all are run again with a savepoint around each, so that it fails alone.
 *
 * <p>A connection that breaks is waited for, for so long as {@link Patience} says; the units are run again, unless the commit turns out to be
 * stored. After that units are refused at once, until the database is back.
 */
final class GroupCommitWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommitWriter.class);
    private static final int MAX_UNITS_PER_COMMIT = 1000;
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);

    private final WriteConnection connection;
    private final Patience patience;
    private final LinkedTransferQueue<PendingUnit<?>> queue = new LinkedTransferQueue<>();
    private final Thread thread;
    private volatile boolean closed;
    /** Why there is no connection, once that was waited for in vain. For the writer's thread. */
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

    <T> Database.Written<T> submit(Database.Unit<T> unit) {
        if (thread.equals(Thread.currentThread())) {
            throw new IllegalStateException("a unit of work must not start another one");
        }
        if (closed) {
            throw closedError();
        }
        PendingUnit<T> pending = new PendingUnit<>(unit, connection);
        queue.add(pending);
        // The loop drains the queue once more after it saw the end; what slips in behind that is answered here.
        if (closed && !thread.isAlive() && queue.remove(pending)) {
            throw closedError();
        }
        return pending;
    }

    private void loop() {
        List<PendingUnit<?>> batch = new ArrayList<>();
        while (true) {
            batch.clear();
            try {
                batch.add(queue.take());
            } catch (InterruptedException e) {
                if (closed && queue.isEmpty()) {
                    return;
                }
                continue;
            }
            queue.drainTo(batch, MAX_UNITS_PER_COMMIT - 1);
            answer(batch);
            if (closed && queue.isEmpty()) {
                return;
            }
        }
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
        batch.forEach(PendingUnit::wake);
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
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        refuse(closedError());
        connection.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    static StorageException closedError() {
        return new StorageException("storage_closed", "the database is closed", null);
    }
}
