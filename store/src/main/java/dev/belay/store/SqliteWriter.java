package dev.belay.store;

import dev.belay.api.StorageException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.locks.LockSupport;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The group-commit writer: one thread takes what has queued up, runs it in one transaction with a savepoint around each unit, commits once,
 * then runs the hooks in order and wakes the writers.
 */
final class SqliteWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteWriter.class);
    private static final int MAX_UNITS_PER_COMMIT = 1000;

    private final Connection connection;
    private final Handle handle;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final LinkedTransferQueue<Pending<?>> queue = new LinkedTransferQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    SqliteWriter(Connection connection) {
        this.connection = connection;
        this.handle = Jdbi.open(connection);
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
        Pending<T> pending = new Pending<>(unit);
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
            commit(batch);
            if (closed && queue.isEmpty()) {
                return;
            }
        }
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
        batch.forEach(Pending::wake);
    }

    private void runUnit(Pending<?> pending, boolean alone) throws SQLException {
        if (!alone) {
            execute("SAVEPOINT unit");
        }
        try {
            pending.runIn(this);
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
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        for (Pending<?> late = queue.poll(); late != null; late = queue.poll()) {
            late.fail(closedError());
            late.wake();
        }
        handle.close();
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
        private volatile @Nullable Thread waiter;
        private final List<Runnable> commitHooks = new ArrayList<>(1);
        private final List<Runnable> rollbackHooks = new ArrayList<>(1);
        private @Nullable SqliteWriter writer;
        private @Nullable T result;
        private @Nullable Throwable error;
        private volatile boolean done;

        Pending(Database.Unit<T> unit) {
            this.unit = unit;
        }

        void runIn(SqliteWriter current) {
            writer = current;
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

        private SqliteWriter writer() {
            if (writer == null) {
                throw new IllegalStateException("the unit does not run");
            }
            return writer;
        }

        @Override
        public Handle handle() {
            return writer().handle;
        }

        @Override
        public PreparedStatement prepared(String sql) {
            try {
                return writer().prepare(sql);
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
