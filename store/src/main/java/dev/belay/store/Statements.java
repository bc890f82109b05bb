package dev.belay.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The statements of one connection, each prepared once. For one thread at a time. */
final class Statements implements View {
    private static final Logger LOG = LoggerFactory.getLogger(Statements.class);

    private final Connection connection;
    private final UnaryOperator<String> storable;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    /** @param storable what the database holds of a text */
    Statements(Connection connection, UnaryOperator<String> storable) {
        this.connection = connection;
        this.storable = storable;
    }

    /** Of a database that holds every text. */
    Statements(Connection connection) {
        this(connection, UnaryOperator.identity());
    }

    PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        return statement;
    }

    PreparedStatement bound(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = prepare(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i] instanceof String text ? storable.apply(text) : values[i]);
        }
        return statement;
    }

    int update(String sql, @Nullable Object... values) throws SQLException {
        return bound(sql, values).executeUpdate();
    }

    @Override
    public <T> T read(String sql, Reading<T> reading, @Nullable Object... values) {
        try (ResultSet rows = bound(sql, values).executeQuery()) {
            return reading.of(rows);
        } catch (SQLException e) {
            throw new UncheckedSqlException(e);
        }
    }

    @Override
    public Connection connection() {
        return connection;
    }

    /** After an error: not every driver takes up a statement again that has failed once, or says which of them that was. */
    void forget() {
        for (PreparedStatement statement : prepared.values()) {
            try {
                statement.close();
            } catch (SQLException e) {
                LOG.debug("a statement did not close", e);
            }
        }
        prepared.clear();
    }
}
