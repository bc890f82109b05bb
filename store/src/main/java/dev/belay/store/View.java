package dev.belay.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One consistent view of the database, valid only during the call that hands it out. For classes named {@code …Store}: they hold the SQL,
 * which is prepared once per connection and so must come in few texts; values go in through its question marks, a {@code null} as SQL's. While
 * rows are read, the same text cannot be asked again.
 */
public interface View {
    /** What is made of all rows. */
    @FunctionalInterface
    interface Reading<T> {
        T of(ResultSet rows) throws SQLException;
    }

    /** What is made of one row. */
    @FunctionalInterface
    interface Row<T> {
        T of(ResultSet row) throws SQLException;
    }

    /** Executes a query and reads what it tells. */
    <T> T read(String sql, Reading<T> reading, @Nullable Object... values);

    /** All rows. */
    default <T> List<T> list(String sql, Row<T> row, @Nullable Object... values) {
        return read(
                sql,
                rows -> {
                    List<T> all = new ArrayList<>();
                    while (rows.next()) {
                        all.add(row.of(rows));
                    }
                    return all;
                },
                values);
    }

    /** The first row, if there is one. */
    default <T> Optional<T> first(String sql, Row<T> row, @Nullable Object... values) {
        return read(sql, rows -> rows.next() ? Optional.of(row.of(rows)) : Optional.empty(), values);
    }

    /** The number that a query tells which always has one, as {@code count(*)} has. */
    default long number(String sql, @Nullable Object... values) {
        return first(sql, row -> row.getLong(1), values).orElseThrow();
    }

    /** For what goes through whole tables. */
    Connection connection();

    /** What the database refused; whoever handed the view out tells it in our own words. */
    final class UncheckedSqlException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UncheckedSqlException(SQLException cause) {
            super(cause);
        }
    }
}
