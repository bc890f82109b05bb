package dev.belay.store;

import dev.belay.api.ConfigurationException;
import dev.belay.api.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

/**
 * That one process alone writes to a database. An advisory lock, which lives as long as its connection, keeps others out; the row of
 * {@code store_owner} keeps this one out once another has come in while the connection was lost, and says which commit was the last.
 */
final class PostgresOwnership {
    /** Its first half in all databases; the second is the schema's. */
    private static final int LOCK = 0x62656c61;

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final String UPDATE =
            "UPDATE store_owner SET commits = ? WHERE id = 1 AND epoch = ? AND commits = ?";
    private static final String HOLDER = """
        SELECT pid, application_name, COALESCE(host(client_addr), 'this machine') AS host
        FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND pg_locks.database = (
            SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid::bigint = ? AND objid::bigint = (hashtext(current_schema())::bigint & 4294967295)\
        """;

    private final PostgresAddress address;
    private long epoch;
    private long commits;
    /** The server's process behind the last connection. */
    private int backend;

    PostgresOwnership(PostgresAddress address) {
        this.address = address;
    }

    /** What other processes are shown of this one. */
    static String applicationName() {
        String host;
        try {
            host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            host = "unknown host";
        }
        return "belay, process " + ProcessHandle.current().pid() + " on " + host;
    }

    /**
     * Takes the lock for a new process; waits a moment for one that was killed just now.
     *
     * @throws ConfigurationException if another process has it; the message names that one
     */
    void lock(Connection connection) throws SQLException {
        long began = System.nanoTime();
        while (!tryLock(connection)) {
            if (System.nanoTime() - began > PATIENCE.toNanos()) {
                throw new ConfigurationException("the database " + address + " is in use by " + holder(connection)
                        + "; stop it, or choose another database with store.url");
            }
            try {
                Thread.sleep(Duration.ofMillis(50));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ConfigurationException("interrupted while waiting for the database " + address);
            }
        }
    }

    /** Makes this process the owner; needs the lock. */
    void begin(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
            INSERT INTO store_owner (id, epoch, commits) VALUES (1, 1, 0)
            ON CONFLICT (id) DO UPDATE SET epoch = store_owner.epoch + 1, commits = 0 RETURNING epoch\
            """);
                ResultSet row = statement.executeQuery()) {
            row.next();
            epoch = row.getLong(1);
            commits = 0;
        }
        connection.commit();
    }

    /**
     * Takes the lock again on another connection.
     *
     * @return whether the commit that the last connection broke in was stored
     * @throws StorageException {@code storage_taken_over} if another process has become the owner meanwhile
     */
    boolean resume(Connection connection) throws SQLException {
        int lostBackend = backend;
        if (!tryLock(connection)) {
            // The server has perhaps not noticed yet that the old connection is gone.
            query(
                    connection,
                    "SELECT pg_terminate_backend(pid) FROM (" + HOLDER + ") AS holder WHERE pid = ?",
                    LOCK,
                    lostBackend);
            if (!tryLock(connection)) {
                throw new StorageException(
                        "storage_unavailable",
                        "the lock on the database " + address + " is held by " + holder(connection),
                        null);
            }
        }
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT epoch, commits FROM store_owner WHERE id = 1");
                ResultSet row = statement.executeQuery()) {
            if (!row.next() || row.getLong(1) != epoch) {
                throw takenOver();
            }
            if (row.getLong(2) < commits) {
                throw new StorageException(
                        "storage_taken_over",
                        "the database " + address
                                + " has lost writes that it had confirmed, as one does that was restored from a"
                                + " backup; restart this process",
                        null);
            }
            boolean stored = row.getLong(2) > commits;
            commits = row.getLong(2);
            return stored;
        } finally {
            connection.rollback();
        }
    }

    /** The first statement of a transaction; holds off every other owner until it ends. */
    void count(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
            statement.setLong(1, commits + 1);
            statement.setLong(2, epoch);
            statement.setLong(3, commits);
            if (statement.executeUpdate() != 1) {
                throw takenOver();
            }
        }
    }

    void counted() {
        commits++;
    }

    private StorageException takenOver() {
        return new StorageException(
                "storage_taken_over",
                "another Belay process took the database " + address
                        + " over while this one had lost its connection; stop one of them and restart this one",
                null);
    }

    private boolean tryLock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT pg_try_advisory_lock(?, hashtext(current_schema())), pg_backend_pid()")) {
            statement.setInt(1, LOCK);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                boolean locked = row.getBoolean(1);
                if (locked) {
                    backend = row.getInt(2);
                }
                return locked;
            }
        } finally {
            connection.rollback();
        }
    }

    private static String holder(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HOLDER)) {
            statement.setLong(1, LOCK);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? row.getString("application_name") + " (from " + row.getString("host") + ")"
                        : "another process";
            }
        } finally {
            connection.rollback();
        }
    }

    private static void query(Connection connection, String sql, long first, long second) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, first);
            statement.setLong(2, second);
            statement.executeQuery().close();
        } finally {
            connection.rollback();
        }
    }
}
