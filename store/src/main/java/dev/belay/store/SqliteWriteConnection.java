package dev.belay.store;

import dev.belay.api.BelayException;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one connection that writes to an SQLite file. It cannot be lost. */
final class SqliteWriteConnection implements WriteConnection {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteWriteConnection.class);

    private final Statements statements;

    SqliteWriteConnection(Connection connection) {
        statements = new Statements(connection);
    }

    /** A commit holds its carrier thread; with a single one all virtual threads would wait for the disk. */
    @Override
    public boolean forAnyThread() {
        return Runtime.getRuntime().availableProcessors() > 1;
    }

    @Override
    public void begin(boolean together) throws SQLException {
        statements.prepare("BEGIN IMMEDIATE").execute();
    }

    @Override
    public void flush() {}

    @Override
    public void commit() throws SQLException {
        statements.prepare("COMMIT").execute();
    }

    @Override
    public void rollBack() {
        statements.forget();
        try {
            statements.prepare("ROLLBACK").execute();
        } catch (SQLException e) {
            // SQLite had rolled back by itself: nothing is open any more, which is what we want.
            statements.forget();
        }
    }

    @Override
    public void savepoint() throws SQLException {
        statements.prepare("SAVEPOINT unit").execute();
    }

    /** Throws, and so fails the whole commit, where SQLite had to roll the transaction back by itself (a full disk). */
    @Override
    public void rollBackToSavepoint() throws SQLException {
        statements.forget();
        statements.prepare("ROLLBACK TO unit").execute();
    }

    @Override
    public void releaseSavepoint() throws SQLException {
        statements.prepare("RELEASE unit").execute();
    }

    @Override
    public View view() {
        return statements;
    }

    @Override
    public void execute(String sql, @Nullable Object... values) throws SQLException {
        update(sql, values);
    }

    @Override
    public int update(String sql, @Nullable Object... values) throws SQLException {
        return statements.update(sql, values);
    }

    @Override
    public boolean isStorage(Throwable thrown) {
        return SqliteErrors.isStorage(thrown);
    }

    @Override
    public BelayException translate(String doing, Throwable thrown) {
        return SqliteErrors.translate(doing, thrown);
    }

    @Override
    public boolean lost(Throwable thrown) {
        return false;
    }

    @Override
    public void reconnect() {
        throw new IllegalStateException("the connection was not lost");
    }

    @Override
    public boolean lastCommitWasStored() {
        throw new IllegalStateException("the connection was not lost");
    }

    @Override
    public void close() {
        try {
            statements.connection().close();
        } catch (SQLException e) {
            LOG.warn("the database did not close", e);
        }
    }
}
