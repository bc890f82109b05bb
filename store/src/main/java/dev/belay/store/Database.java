package dev.belay.store;

/**
 * The one database. Safe for many threads. All changes go through {@link #write}; when it returns, they are durable.
 */
public interface Database extends AutoCloseable {
    /**
     * Runs a unit of work and waits until it is durable. Units from many threads share a commit; one that throws rolls back alone and its
     * exception comes out here. The wait is not interruptible: a unit that was handed in is always answered.
     *
     * @throws dev.belay.api.StorageException if the commit failed; then nothing of the unit was done
     */
    <T> T write(Unit<T> unit);

    /**
     * Hands a unit in without waiting. Units that one thread hands in are committed in that order.
     *
     * @return what to wait on before anything is acknowledged
     */
    <T> Written<T> submit(Unit<T> unit);

    /** Runs queries on one consistent view of what was committed. */
    <T> T read(Query<T> query);

    /** The newest applied migration, for example {@code 1}. */
    String schemaVersion();

    /** The database's own check of its files; empty if sound, else what is wrong. */
    String integrityProblems();

    /** Finishes what was handed in, then closes. */
    @Override
    void close();

    /** A unit on its way. */
    interface Written<T> {
        /** Waits until the unit is durable, as {@link Database#write} does. For one waiting thread. */
        T await();
    }

    /**
     * A unit of work: SQL only, short, and able to run twice. Never writes through the database again from
     * inside, and never goes on after an error of the database.
     */
    @FunctionalInterface
    interface Unit<T> {
        T run(Tx tx);
    }

    /** Queries, able to run twice; the view is valid only during the call. */
    @FunctionalInterface
    interface Query<T> {
        T run(View view);
    }
}
