package dev.belay.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One unit on its way: its result or error, its hooks, and who waits for it. */
final class PendingUnit<T> implements Tx, Database.Written<T> {
    private static final Logger LOG = LoggerFactory.getLogger(PendingUnit.class);

    private final Database.Unit<T> unit;
    private final WriteConnection connection;
    private final GroupCommitWriter writer;
    private volatile @Nullable Thread waiter;
    private final List<Runnable> commitHooks = new ArrayList<>(1);
    private final List<Runnable> rollbackHooks = new ArrayList<>(1);
    private @Nullable T result;
    private @Nullable Throwable error;
    private volatile boolean done;

    PendingUnit(Database.Unit<T> unit, WriteConnection connection, GroupCommitWriter writer) {
        this.unit = unit;
        this.connection = connection;
        this.writer = writer;
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
        rollbackHooks.forEach(PendingUnit::runHook);
        rollbackHooks.clear();
        commitHooks.clear();
    }

    void committed() {
        if (error == null) {
            commitHooks.forEach(PendingUnit::runHook);
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
        if (!done) {
            writer.commitUnlessBusy();
        }
        if (!done) {
            writer.hurry();
        }
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
    public <R> R read(String sql, Reading<R> reading, @Nullable Object... values) {
        return view().read(sql, reading, values);
    }

    @Override
    public Connection connection() {
        return view().connection();
    }

    private View view() {
        try {
            return connection.view();
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

    /** What is stored is stored, whatever a hook makes of it; and the units behind it must get their answer. */
    private static void runHook(Runnable hook) {
        try {
            hook.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a hook of a unit of work failed", e);
        }
    }
}
