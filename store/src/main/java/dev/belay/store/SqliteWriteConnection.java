package dev.belay.store;

import dev.belay.api.BelayException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one connection that writes to an SQLite file. It cannot be lost. */
final class SqliteWriteConnection implements WriteConnection {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteWriteConnection.class);

    private final Connection connection;
    private final Handle handle;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    SqliteWriteConnection(Connection connection) {
        this.connection = connection;
        this.handle = Jdbi.open(connection);
    }

    /** A commit holds its carrier thread; with a single one all virtual threads would wait for the disk. */
    @Override
    public boolean forAnyThread() {
        return Runtime.getRuntime().availableProcessors() > 1;
    }

    @Override
    public void begin(boolean together) throws SQLException {
        prepare("BEGIN IMMEDIATE").execute();
    }

    @Override
    public void flush() {}

    @Override
    public void commit() throws SQLException {
        prepare("COMMIT").execute();
    }

    @Override
    public void rollBack() {
        forgetStatements();
        try {
            prepare("ROLLBACK").execute();
        } catch (SQLException e) {
            // SQLite had rolled back by itself: nothing is open any more, which is what we want.
            forgetStatements();
        }
    }

    @Override
    public void savepoint() throws SQLException {
        prepare("SAVEPOINT unit").execute();
    }

    /** Throws, and so fails the whole commit, where SQLite had to roll the transaction back by itself (a full disk). */
    @Override
    public void rollBackToSavepoint() throws SQLException {
        forgetStatements();
        prepare("ROLLBACK TO unit").execute();
    }

    @Override
    public void releaseSavepoint() throws SQLException {
        prepare("RELEASE unit").execute();
    }

    @Override
    public Handle handle() {
        return handle;
    }

    @Override
    public void execute(String sql, @Nullable Object... values) throws SQLException {
        update(sql, values);
    }

    @Override
    public int update(String sql, @Nullable Object... values) throws SQLException {
        return bound(sql, values).executeUpdate();
    }

    @Override
    public OptionalLong returning(String sql, @Nullable Object... values) throws SQLException {
        try (ResultSet row = bound(sql, values).executeQuery()) {
            return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
        }
    }

    private PreparedStatement bound(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = prepare(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
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
        handle.close();
    }
}
