package dev.belay.store;

import dev.belay.api.BelayException;
import dev.belay.api.StorageException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.locks.LockSupport;
import org.jdbi.v3.core.Handle;
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
    private final LinkedTransferQueue<Pending<?>> queue = new LinkedTransferQueue<>();
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
        Pending<T> pending = new Pending<>(unit, connection);
        queue.add(pending);
        // The loop drains the queue once more after it saw the end; what slips in behind that is answered here.
        if (closed && !thread.isAlive() && queue.remove(pending)) {
            throw closedError();
        }
        return pending;
    }

    private void loop() {
        List<Pending<?>> batch = new ArrayList<>();
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

    private void answer(List<Pending<?>> batch) {
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
        batch.forEach(Pending::committed);
        batch.forEach(Pending::wake);
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

    private void store(List<Pending<?>> batch) throws SQLException {
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
                batch.forEach(Pending::undo);
            }
        }
    }

    private static void runTogether(List<Pending<?>> batch) {
        batch.forEach(Pending::run);
    }

    private void runApart(List<Pending<?>> batch) throws SQLException {
        for (Pending<?> pending : batch) {
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
        for (Pending<?> waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
            waiting.fail(why);
            waiting.wake();
        }
    }

    /** What is stored is stored, whatever a hook makes of it; and the units behind it must get their answer. */
    private static void runHook(Runnable hook) {
        try {
            hook.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a hook of a unit of work failed", e);
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

    /** One unit on its way: its result or error, its hooks, and who waits for it. */
    private static final class Pending<T> implements Tx, Database.Written<T> {
        private final Database.Unit<T> unit;
        private final WriteConnection connection;
        private volatile @Nullable Thread waiter;
        private final List<Runnable> commitHooks = new ArrayList<>(1);
        private final List<Runnable> rollbackHooks = new ArrayList<>(1);
        private @Nullable T result;
        private @Nullable Throwable error;
        private volatile boolean done;

        Pending(Database.Unit<T> unit, WriteConnection connection) {
            this.unit = unit;
            this.connection = connection;
        }

        void run() {
            result = unit.run(this);
        }

        /** Its hooks run at once: units behind it in the same commit must not see what it left in a cache. */
        void fail(@Nullable Throwable thrown) {
            if (error == null) {
                error = thrown;
                rolledBack();
            }
        }

        /** As if it had not run yet. */
        void undo() {
            error = null;
            rolledBack();
        }

        private void rolledBack() {
            rollbackHooks.forEach(GroupCommitWriter::runHook);
            rollbackHooks.clear();
            commitHooks.clear();
        }

        void committed() {
            if (error == null) {
                commitHooks.forEach(GroupCommitWriter::runHook);
            }
        }

        void wake() {
            done = true;
            LockSupport.unpark(waiter);
        }

        @SuppressWarnings("NullAway") // A unit whose type allows null may return it.
        @Override
        public T await() {
            waiter = Thread.currentThread();
            boolean interrupted = false;
            while (!done) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            switch (error) {
                case null -> {
                    return result;
                }
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable t -> throw new IllegalStateException(t);
            }
        }

        @Override
        public Handle handle() {
            try {
                return connection.handle();
            } catch (SQLException e) {
                throw new UncheckedSqlException(e);
            }
        }

        @Override
        public void execute(String sql, @Nullable Object... values) {
            try {
                connection.execute(sql, values);
            } catch (SQLException e) {
                throw new UncheckedSqlException(e);
            }
        }

        @Override
        public int update(String sql, @Nullable Object... values) {
            try {
                return connection.update(sql, values);
            } catch (SQLException e) {
                throw new UncheckedSqlException(e);
            }
        }

        @Override
        public void afterCommit(Runnable action) {
            commitHooks.add(action);
        }

        @Override
        public void afterRollback(Runnable action) {
            rollbackHooks.add(action);
        }
    }
}
