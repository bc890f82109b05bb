package dev.belay.store;

import dev.belay.api.BelayException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The connection that the {@link GroupCommitWriter} writes on. For one thread at a time. */
interface WriteConnection extends AutoCloseable {
    /** Whether threads that wait for a commit may make it: those can be virtual, and can be interrupted at any time. */
    boolean forAnyThread();

    /**
     * Begins a transaction.
     *
     * @param together whether it is lost as a whole if one statement fails, so that statements may wait for each other; else savepoints follow
     */
    void begin(boolean together) throws SQLException;

    /** Executes what still waits; after this, only the commit can fail. */
    void flush() throws SQLException;

    void commit() throws SQLException;

    /** Ends the transaction, if there is one, without storing anything. */
    void rollBack();

    void savepoint() throws SQLException;

    void rollBackToSavepoint() throws SQLException;

    void releaseSavepoint() throws SQLException;

    /** For queries, which see all that was executed before. */
    View view() throws SQLException;

    /** Executes a statement; together with others it may wait until the next query or {@link #flush}. */
    void execute(String sql, @Nullable Object... values) throws SQLException;

    /** Executes a statement now, and says how many rows it changed. */
    int update(String sql, @Nullable Object... values) throws SQLException;

    /** Whether this came from the database and not from what the unit meant to do. */
    boolean isStorage(Throwable thrown);

    /** What was thrown, in words that a person can act on. */
    BelayException translate(String doing, Throwable thrown);

    /** Whether, after this was thrown, there is no connection any more; then nothing but {@link #reconnect} and {@link #close} may be called. */
    boolean lost(Throwable thrown);

    /** Tries once to have a connection again, as sole writer as before. */
    void reconnect() throws SQLException;

    /** Whether the commit was stored that the connection broke in; to be asked after {@link #reconnect}. */
    boolean lastCommitWasStored() throws SQLException;

    @Override
    void close();
}
