package dev.belay.store.transfer;

import dev.belay.api.StorageException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A table as the database describes it.
 *
 * @param key its primary key
 */
record Table(String name, List<Column> columns, List<String> key) {
    /** What belongs to the database and not to the data set. */
    private static final Set<String> OF_THE_DATABASE = Set.of("flyway_schema_history", "store_owner", "store_copy");

    /** A column of whole numbers or of text; there are no others. */
    record Column(String name, boolean number) {}

    List<String> columnNames() {
        return columns.stream().map(Column::name).toList();
    }

    Column column(String wanted) {
        return columns.stream()
                .filter(column -> column.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new StorageException(
                        "storage_schema", "the table " + name + " has no column " + wanted + " here", null));
    }

    /** All tables of the data set, each behind those that it refers to. */
    static List<Table> of(Connection connection) throws SQLException {
        DatabaseMetaData meta = connection.getMetaData();
        Map<String, Table> unordered = new TreeMap<>();
        Map<String, Set<String>> references = new TreeMap<>();
        for (String name : names(connection)) {
            if (!OF_THE_DATABASE.contains(name) && !name.startsWith("sqlite_")) {
                unordered.put(name, new Table(name, columns(connection, name), key(connection, name)));
                references.put(name, strings(meta.getImportedKeys(null, connection.getSchema(), name), "PKTABLE_NAME"));
            }
        }
        Map<String, Table> ordered = new LinkedHashMap<>();
        while (ordered.size() < unordered.size()) {
            int before = ordered.size();
            unordered.forEach((name, table) -> {
                Set<String> missing = new TreeSet<>(references.getOrDefault(name, Set.of()));
                missing.removeAll(ordered.keySet());
                missing.remove(name);
                if (missing.isEmpty()) {
                    ordered.putIfAbsent(name, table);
                }
            });
            if (ordered.size() == before) {
                throw new IllegalStateException("tables refer to each other in a circle: " + unordered.keySet());
            }
        }
        return List.copyOf(ordered.values());
    }

    static boolean exists(Connection connection, String name) throws SQLException {
        return names(connection).contains(name);
    }

    private static Set<String> names(Connection connection) throws SQLException {
        return strings(
                connection.getMetaData().getTables(null, connection.getSchema(), "%", new String[] {"TABLE"}),
                "TABLE_NAME");
    }

    private static Set<String> strings(ResultSet rows, String column) throws SQLException {
        try (rows) {
            Set<String> strings = new TreeSet<>();
            while (rows.next()) {
                strings.add(rows.getString(column));
            }
            return strings;
        }
    }

    private static List<Column> columns(Connection connection, String table) throws SQLException {
        List<Column> columns = new ArrayList<>();
        try (ResultSet rows = connection.getMetaData().getColumns(null, connection.getSchema(), table, "%")) {
            while (rows.next()) {
                String name = rows.getString("COLUMN_NAME");
                columns.add(
                        switch (rows.getInt("DATA_TYPE")) {
                            case Types.BIGINT, Types.INTEGER -> new Column(name, true);
                            case Types.VARCHAR -> new Column(name, false);
                            default ->
                                throw new IllegalStateException("column " + table + "." + name + " has the type "
                                        + rows.getString("TYPE_NAME") + ", which cannot be moved to another database");
                        });
            }
        }
        return columns;
    }

    private static List<String> key(Connection connection, String table) throws SQLException {
        TreeMap<Integer, String> key = new TreeMap<>();
        try (ResultSet rows = connection.getMetaData().getPrimaryKeys(null, connection.getSchema(), table)) {
            while (rows.next()) {
                key.put(rows.getInt("KEY_SEQ"), rows.getString("COLUMN_NAME"));
            }
        }
        return List.copyOf(key.values());
    }
}
