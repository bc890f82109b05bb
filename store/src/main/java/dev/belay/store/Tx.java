package dev.belay.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The database as seen from inside a unit of work. */
public interface Tx extends View {
    /** A statement prepared once per connection and kept: the fast path for what is written most. The caller binds and executes it. */
    PreparedStatement prepared(String sql);

    /** Executes {@code sql}, prepared once per connection, with these values (a {@code null} is SQL's) in the places of its question marks. */
    default void execute(String sql, @Nullable Object... values) {
        try {
            PreparedStatement statement = prepared(sql);
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        }
    }

    /** What the database refused; the writer tells the unit's caller in our own words. */
    final class UncheckedSqlException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UncheckedSqlException(SQLException cause) {
            super(cause);
        }
    }

    /** Runs after the unit is durable and before its writer is told; in commit order. Must be short and must not throw. */
    void afterCommit(Runnable action);

    /** Runs if the unit, or the commit it was part of, fails. */
    void afterRollback(Runnable action);
}
