package dev.belay.store.transfer;

import dev.belay.api.StorageException;
import dev.belay.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The rows of a database. */
final class DatabaseRows implements RowSource {
    private static final int SLICE_ROWS = 500;
    private static final long SLICE_CHARACTERS = 4L << 20;

    private final String name;
    private final Reader reader;
    private final List<Table> tables;

    /** Lends a connection. */
    private interface Reader {
        <T> T read(Function<Connection, T> query);
    }

    private DatabaseRows(String name, Reader reader) {
        this.name = name;
        this.reader = reader;
        this.tables = reader.read(connection -> {
            try {
                return Table.of(connection);
            } catch (SQLException e) {
                throw failed(e);
            }
        });
    }

    /** Those of a database that nobody writes to meanwhile. */
    static DatabaseRows of(String name, Database database) {
        return new DatabaseRows(name, new Reader() {
            @Override
            public <T> T read(Function<Connection, T> query) {
                return database.read(view -> query.apply(view.connection()));
            }
        });
    }

    /** Those that the connection's transaction sees. */
    static DatabaseRows of(String name, Connection snapshot) {
        return new DatabaseRows(name, new Reader() {
            @Override
            public <T> T read(Function<Connection, T> query) {
                return query.apply(snapshot);
            }
        });
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Table> tables() {
        return tables;
    }

    @Override
    public void read(Table table, Position from, Consumer<List<@Nullable Object[]>> slice) {
        Position position = from;
        while (true) {
            Position after = position;
            List<@Nullable Object[]> rows = reader.read(connection -> slice(connection, table, after));
            if (rows.isEmpty()) {
                return;
            }
            slice.accept(rows);
            position = new Position(keyOf(table, rows.getLast()), position.rows() + rows.size());
        }
    }

    /** The values of the primary key in a row. */
    static @Nullable Object[] keyOf(Table table, @Nullable Object[] row) {
        return table.key().stream()
                .map(column -> row[table.columnNames().indexOf(column)])
                .toArray();
    }

    private static List<@Nullable Object[]> slice(Connection connection, Table table, Position after) {
        @Nullable Object @Nullable [] lastKey = after.lastKey();
        String key = String.join(", ", table.key());
        String places = String.join(", ", Collections.nCopies(table.key().size(), "?"));
        String sql = "SELECT " + String.join(", ", table.columnNames()) + " FROM " + table.name()
                + (lastKey == null ? "" : " WHERE (" + key + ") > (" + places + ")")
                + " ORDER BY " + key + " LIMIT " + SLICE_ROWS;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (lastKey != null) {
                for (int i = 0; i < lastKey.length; i++) {
                    statement.setObject(i + 1, lastKey[i]);
                }
            }
            try (ResultSet result = statement.executeQuery()) {
                List<@Nullable Object[]> rows = new ArrayList<>();
                long characters = 0;
                while (characters < SLICE_CHARACTERS && result.next()) {
                    @Nullable Object[] row = row(result, table.columns());
                    rows.add(row);
                    characters += IntStream.range(0, row.length)
                            .mapToLong(i -> row[i] instanceof String text ? text.length() : 0)
                            .sum();
                }
                return rows;
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static @Nullable Object[] row(ResultSet result, List<Table.Column> columns) throws SQLException {
        @Nullable Object[] row = new Object[columns.size()];
        for (int i = 0; i < row.length; i++) {
            if (columns.get(i).number()) {
                long number = result.getLong(i + 1);
                row[i] = result.wasNull() ? null : number;
            } else {
                row[i] = result.getString(i + 1);
            }
        }
        return row;
    }

    private static StorageException failed(SQLException e) {
        return new StorageException("storage_failed", "cannot read from the database: " + e.getMessage(), e);
    }
}
