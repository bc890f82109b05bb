package dev.belay.store;

import dev.belay.api.StorageException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * The embedded store: SQLite with a write-ahead log and {@code synchronous=FULL}. One writer thread, a handful of reading connections. Must be
 * the only process on its file; {@link DataDirectory} sees to that.
 */
public final class SqliteDatabase implements Database {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteDatabase.class);
    /** Calls into SQLite pin their carrier thread, so more readers than cores would gain nothing. */
    private static final int READERS = Math.max(2, Runtime.getRuntime().availableProcessors());

    private static final String IDENTITY = "INTEGER NOT NULL PRIMARY KEY";
    /** A file does not go away. */
    private static final GroupCommitWriter.Patience NO_PATIENCE =
            new GroupCommitWriter.Patience(Duration.ZERO, Duration.ZERO);

    private final SQLiteDataSource source;
    private final GroupCommitWriter writer;
    private final Semaphore readPermits = new Semaphore(READERS);
    private final ArrayDeque<Statements> idleReaders = new ArrayDeque<>();
    private boolean closed;

    private SqliteDatabase(SQLiteDataSource source, GroupCommitWriter writer) {
        this.source = source;
        this.writer = writer;
    }

    /**
     * Opens or creates the database file and brings its schema up to date.
     *
     * @throws StorageException if the file cannot be opened, is damaged, or was written by a newer version
     */
    public static SqliteDatabase open(Path file) {
        return open(file, Optional.empty());
    }

    /** @param last the migration to stop at; empty for the newest */
    static SqliteDatabase open(Path file, Optional<String> last) {
        String url = "jdbc:sqlite:" + file.toAbsolutePath();
        SQLiteDataSource writeSource = source(url);
        try {
            Migrations.apply(writeSource, file.toString(), IDENTITY, last);
            return new SqliteDatabase(
                    writeSource,
                    new GroupCommitWriter(new SqliteWriteConnection(writeSource.getConnection()), NO_PATIENCE));
        } catch (SQLException | RuntimeException e) {
            throw SqliteErrors.translate("cannot open the database " + file, e);
        }
    }

    /**
     * The newest migration that a database file has had, without changing the file.
     *
     * @throws StorageException if it is not a database of ours
     */
    public static String schemaVersionOf(Path file) {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        try (Connection connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath())) {
            return Migrations.version(new Statements(connection));
        } catch (SQLException | RuntimeException e) {
            throw SqliteErrors.translate("cannot open the database " + file, e);
        }
    }

    /** A connection on which everything is read from one state of the file, also while another process writes to it. */
    static Connection snapshot(Path file) {
        try {
            Connection connection =
                    source("jdbc:sqlite:" + file.toAbsolutePath()).getConnection();
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA query_only = ON");
                statement.execute("BEGIN");
            }
            return connection;
        } catch (SQLException e) {
            throw SqliteErrors.translate("cannot open the database " + file, e);
        }
    }

    private static SQLiteDataSource source(String url) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(10_000);
        config.setCacheSize(-16 * 1024);
        config.enforceForeignKeys(true);
        // Else each INSERT is followed by a SELECT of the key that it made, which nobody asks the driver for.
        config.setGetGeneratedKeys(false);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl(url);
        return source;
    }

    @Override
    public <T> T write(Unit<T> unit) {
        return writer.write(unit);
    }

    @Override
    public <T> Written<T> submit(Unit<T> unit) {
        return writer.submit(unit);
    }

    @Override
    public <T> T read(Query<T> query) {
        readPermits.acquireUninterruptibly();
        try {
            Statements reader = takeReader();
            boolean sound = false;
            try {
                T answer = inSnapshot(reader, query);
                sound = true;
                return answer;
            } finally {
                giveBack(reader, sound);
            }
        } catch (SQLException e) {
            throw SqliteErrors.translate("cannot read from the database", e);
        } catch (RuntimeException e) {
            throw SqliteErrors.isStorage(e) ? SqliteErrors.translate("cannot read from the database", e) : e;
        } finally {
            readPermits.release();
        }
    }

    private static <T> T inSnapshot(Statements reader, Query<T> query) throws SQLException {
        reader.prepare("BEGIN").execute();
        T answer = query.run(reader);
        reader.prepare("COMMIT").execute();
        return answer;
    }

    private Statements takeReader() throws SQLException {
        synchronized (idleReaders) {
            if (closed) {
                throw new StorageException("storage_closed", "the database is closed", null);
            }
            Statements idle = idleReaders.poll();
            if (idle != null) {
                return idle;
            }
        }
        Connection connection = source.getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA query_only = ON");
            // After each commit of the writer a reader forgets its pages anyway.
            statement.execute("PRAGMA cache_size = -2048");
        }
        return new Statements(connection);
    }

    /** @param sound whether its transaction is over; otherwise closing the connection ends it */
    private void giveBack(Statements reader, boolean sound) {
        synchronized (idleReaders) {
            if (sound && !closed) {
                idleReaders.push(reader);
                return;
            }
        }
        close(reader);
    }

    private static void close(Statements reader) {
        try {
            reader.connection().close();
        } catch (SQLException e) {
            LOG.debug("a reading connection did not close", e);
        }
    }

    @Override
    public String schemaVersion() {
        return read(Migrations::version);
    }

    @Override
    public String integrityProblems() {
        List<String> lines = read(view -> view.list("PRAGMA integrity_check(20)", row -> row.getString(1)));
        return lines.equals(List.of("ok")) ? "" : String.join("\n", lines);
    }

    @Override
    public void close() {
        writer.close();
        List<Statements> left;
        synchronized (idleReaders) {
            if (closed) {
                return;
            }
            closed = true;
            left = new ArrayList<>(idleReaders);
            idleReaders.clear();
        }
        left.forEach(SqliteDatabase::close);
    }
}
