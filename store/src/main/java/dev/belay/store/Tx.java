package dev.belay.store;

import org.jspecify.annotations.Nullable;

/** The database as seen from inside a unit of work. */
public interface Tx extends View {
    /**
     * Executes a statement that is prepared once per connection: the fast path for what is written most. The database may be told of it only
     * with the next query or at the end, so that an error can come out later, and fails the unit then.
     *
     * @param values for its question marks; a {@code null} is SQL's
     */
    void execute(String sql, @Nullable Object... values);

    /** As {@link #execute}, at once; returns how many rows it changed. */
    int update(String sql, @Nullable Object... values);

    /** Runs after the unit is durable and before its writer is told; in commit order. Must be short and must not throw. */
    void afterCommit(Runnable action);

    /** Runs if the unit fails, or the commit it was part of; also if it is to be run again then. */
    void afterRollback(Runnable action);
}
