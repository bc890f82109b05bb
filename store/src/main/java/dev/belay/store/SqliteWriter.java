package dev.belay.store;

import dev.belay.api.StorageException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The group-commit writer. Whoever waits for a unit and finds nobody committing runs all that has queued up in one transaction, with a
 * savepoint around each unit, commits once, runs the hooks in order and wakes the others: no change of thread where there is one writer, and
 * one commit for many where there are more. A thread of its own takes what nobody waits for, and what came in during somebody's commit.
 */
final class SqliteWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteWriter.class);
    private static final int MAX_UNITS_PER_COMMIT = 1000;
    /** How long what nobody waits for may wait for company. */
    private static final long LINGER_NANOS = 1_000_000;
    /** A commit holds its carrier thread; with a single one all virtual threads would wait for the disk. */
    private static final boolean CALLERS_COMMIT = Runtime.getRuntime().availableProcessors() > 1;

    private final Connection connection;
    private final Handle handle;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final ConcurrentLinkedQueue<Pending<?>> queue = new ConcurrentLinkedQueue<>();
    /** Held by who commits; guards the connection and {@link #over}. */
    private final ReentrantLock committing = new ReentrantLock();

    private final Thread thread;
    /** Whether the thread sleeps until it is woken. */
    private volatile boolean idle;
    /** Whether someone waits for what is in the queue and cannot commit it. */
    private volatile boolean urgent;

    private volatile boolean closed;
    private boolean over;

    SqliteWriter(Connection connection) {
        this.connection = connection;
        this.handle = Jdbi.open(connection);
        this.thread =
                Thread.ofPlatform().name("belay-store-writer").daemon(true).start(this::loop);
    }

    <T> Database.Written<T> submit(Database.Unit<T> unit) {
        if (committing.isHeldByCurrentThread()) {
            throw new IllegalStateException("a unit of work must not start another one");
        }
        if (closed) {
            throw closedError();
        }
        Pending<T> pending = new Pending<>(unit, this);
        queue.add(pending);
        if (idle) {
            LockSupport.unpark(thread);
        }
        return pending;
    }

    /** Commits what has queued up, unless somebody else commits now. */
    private void commitUnlessBusy() {
        if (closed) {
            // The thread may have looked for the last time.
            committing.lock();
            commitQueued();
        } else if (CALLERS_COMMIT && committing.tryLock()) {
            commitQueued();
        }
    }

    /** Sees to it that what is in the queue is committed soon. */
    private void hurry() {
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
        List<Pending<?>> batch = new ArrayList<>();
        try {
            urgent = false;
            for (Pending<?> next = queue.poll(); next != null; next = queue.poll()) {
                batch.add(next);
                if (batch.size() == MAX_UNITS_PER_COMMIT) {
                    break;
                }
            }
            if (over) {
                batch.forEach(late -> late.fail(closedError()));
            } else if (!batch.isEmpty()) {
                commit(batch);
            }
        } finally {
            committing.unlock();
        }
        batch.forEach(Pending::wake);
    }

    private void commit(List<Pending<?>> batch) {
        try {
            execute("BEGIN IMMEDIATE");
            boolean alone = batch.size() == 1;
            for (Pending<?> pending : batch) {
                runUnit(pending, alone);
            }
            execute("COMMIT");
        } catch (SQLException | RuntimeException | Error e) {
            forgetStatements();
            rollBack();
            var error = SqliteErrors.translate("the write was not stored", e);
            batch.forEach(pending -> pending.fail(error));
        }
        // All hooks before the first wake-up: who reads after its write sees everything of the commit published.
        batch.forEach(Pending::committed);
    }

    private void runUnit(Pending<?> pending, boolean alone) throws SQLException {
        if (!alone) {
            execute("SAVEPOINT unit");
        }
        try {
            pending.run();
        } catch (RuntimeException | Error e) {
            if (SqliteErrors.isStorage(e)) {
                forgetStatements();
            }
            pending.fail(SqliteErrors.isStorage(e) ? SqliteErrors.translate("the write was not stored", e) : e);
            // Throws, and so fails the whole commit, where SQLite had to roll the transaction back by itself (a full
            // disk).
            execute(alone ? "ROLLBACK" : "ROLLBACK TO unit");
            if (alone) {
                execute("BEGIN IMMEDIATE");
            }
        }
        if (!alone) {
            execute("RELEASE unit");
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

    private void execute(String sql) throws SQLException {
        prepare(sql).execute();
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        return statement;
    }

    /** The driver does not take up a statement again that has failed once, and does not say which of them that was. */
    private void forgetStatements() {
        for (PreparedStatement statement : statements.values()) {
            try {
                statement.close();
            } catch (SQLException e) {
                LOG.debug("a failed statement did not close", e);
            }
        }
        statements.clear();
    }

    private void rollBack() {
        try {
            execute("ROLLBACK");
        } catch (SQLException e) {
            // SQLite had rolled back by itself: nothing is open any more, which is what we want.
            forgetStatements();
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
            handle.close();
        } finally {
            committing.unlock();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static StorageException closedError() {
        return new StorageException("storage_closed", "the database is closed", null);
    }

    /** One unit on its way: its result or error, its hooks, and who waits for it. */
    private static final class Pending<T> implements Tx, Database.Written<T> {
        private final Database.Unit<T> unit;
        private final SqliteWriter writer;
        private volatile @Nullable Thread waiter;
        private final List<Runnable> commitHooks = new ArrayList<>(1);
        private final List<Runnable> rollbackHooks = new ArrayList<>(1);
        private @Nullable T result;
        private @Nullable Throwable error;
        private volatile boolean done;

        Pending(Database.Unit<T> unit, SqliteWriter writer) {
            this.unit = unit;
            this.writer = writer;
        }

        void run() {
            result = unit.run(this);
        }

        /** Its hooks run at once: units behind it in the same commit must not see what it left in a cache. */
        void fail(Throwable thrown) {
            if (error == null) {
                error = thrown;
                rollbackHooks.forEach(SqliteWriter::runHook);
            }
        }

        void committed() {
            if (error == null) {
                commitHooks.forEach(SqliteWriter::runHook);
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
            if (!done) {
                writer.commitUnlessBusy();
            }
            if (!done) {
                writer.hurry();
            }
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
            return writer.handle;
        }

        @Override
        public PreparedStatement prepared(String sql) {
            try {
                return writer.prepare(sql);
            } catch (SQLException e) {
                throw SqliteErrors.translate("cannot prepare a statement", e);
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
