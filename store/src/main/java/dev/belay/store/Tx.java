package dev.belay.store;

import java.sql.PreparedStatement;

/** The database as seen from inside a unit of work. */
public interface Tx extends View {
    /** A statement prepared once per connection and kept: the fast path for what is written most. The caller binds and executes it. */
    PreparedStatement prepared(String sql);

    /** Runs after the unit is durable and before its writer is told; in commit order. Must be short and must not throw. */
    void afterCommit(Runnable action);

    /** Runs if the unit, or the commit it was part of, fails. */
    void afterRollback(Runnable action);
}
