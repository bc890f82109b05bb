package dev.belay.store;

import dev.belay.api.BelayException;
import dev.belay.api.StorageException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection that writes to a PostgreSQL database, and holds the lock on it. Consecutive equal statements of a transaction that may
 * fail as a whole go to the server in one message.
 */
final class PostgresWriteConnection implements WriteConnection {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresWriteConnection.class);
    private static final int MOST_WAITING = 1000;
    private static final long MOST_WAITING_CHARACTERS = 8L << 20;

    private final DataSource source;
    private final PostgresErrors errors;
    private final PostgresOwnership ownership;
    private Connection connection;
    private Statements statements;
    private boolean lost;
    private boolean stored;
    private boolean together;
    /** Whether the transaction has begun for the server, too. */
    private boolean begun;

    private @Nullable PreparedStatement waiting;
    private String waitingSql = "";
    private int waitingCount;
    private long waitingCharacters;

    /** @param connection holds the lock */
    PostgresWriteConnection(
            DataSource source, PostgresErrors errors, PostgresOwnership ownership, Connection connection) {
        this.source = source;
        this.errors = errors;
        this.ownership = ownership;
        this.connection = connection;
        this.statements = PostgresDatabase.statements(connection);
    }

    /** An interrupt closes the socket that a virtual thread waits on. */
    @Override
    public boolean forAnyThread() {
        return false;
    }

    @Override
    public void begin(boolean together) {
        this.together = together;
        begun = false;
    }

    /** A unit that does nothing costs no commit. */
    private void begin() throws SQLException {
        if (!begun) {
            begun = true;
            ownership.count(connection);
        }
    }

    @Override
    public void flush() throws SQLException {
        PreparedStatement batch = waiting;
        if (batch != null) {
            waiting = null;
            waitingCount = 0;
            waitingCharacters = 0;
            batch.executeBatch();
        }
    }

    @Override
    public void commit() throws SQLException {
        if (begun) {
            connection.commit();
            ownership.counted();
        } else {
            // Whoever asks whether the database takes writes is not told so without having asked it.
            try (Statement statement = connection.createStatement()) {
                statement.execute("SELECT 1");
            }
            connection.rollback();
        }
    }

    @Override
    public void rollBack() {
        waiting = null;
        waitingCount = 0;
        waitingCharacters = 0;
        statements.forget();
        try {
            connection.rollback();
        } catch (SQLException e) {
            lost = true;
            LOG.debug("a rollback failed", e);
        }
    }

    @Override
    public void savepoint() throws SQLException {
        begin();
        execute("SAVEPOINT unit");
    }

    @Override
    public void rollBackToSavepoint() throws SQLException {
        execute("ROLLBACK TO SAVEPOINT unit");
    }

    @Override
    public void releaseSavepoint() throws SQLException {
        execute("RELEASE SAVEPOINT unit");
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public View view() throws SQLException {
        begin();
        flush();
        return statements;
    }

    @Override
    public void execute(String sql, @Nullable Object... values) throws SQLException {
        if (!together) {
            update(sql, values);
            return;
        }
        begin();
        if (!sql.equals(waitingSql) || waitingCount == MOST_WAITING || waitingCharacters > MOST_WAITING_CHARACTERS) {
            flush();
        }
        PreparedStatement statement = statements.bound(sql, values);
        statement.addBatch();
        waiting = statement;
        waitingSql = sql;
        waitingCount++;
        for (Object value : values) {
            waitingCharacters += value instanceof String text ? text.length() : 0;
        }
    }

    @Override
    public int update(String sql, @Nullable Object... values) throws SQLException {
        begin();
        flush();
        return statements.update(sql, values);
    }

    @Override
    public boolean isStorage(Throwable thrown) {
        return PostgresErrors.isStorage(thrown);
    }

    @Override
    public BelayException translate(String doing, Throwable thrown) {
        return errors.translate(doing, thrown);
    }

    @Override
    public boolean lost(Throwable thrown) {
        lost |= PostgresErrors.lost(thrown)
                || (thrown instanceof StorageException told && told.code().equals("storage_taken_over"));
        return lost;
    }

    @Override
    public void reconnect() throws SQLException {
        close();
        Connection fresh = source.getConnection();
        try {
            fresh.setAutoCommit(false);
            stored = ownership.resume(fresh);
        } catch (SQLException | RuntimeException e) {
            fresh.close();
            throw e;
        }
        connection = fresh;
        statements = PostgresDatabase.statements(fresh);
        lost = false;
    }

    @Override
    public boolean lastCommitWasStored() {
        return stored;
    }

    @Override
    public void close() {
        waiting = null;
        waitingCount = 0;
        waitingCharacters = 0;
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("a lost connection did not close", e);
        }
    }
}
