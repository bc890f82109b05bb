package dev.belay.store.transfer;

import dev.belay.api.ConflictException;
import dev.belay.api.StorageException;
import dev.belay.store.Database;
import dev.belay.store.StoredJson;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes the rows of a source into an empty database. How far it came is stored with the rows, so that it goes on there after it was killed;
 * until {@link #complete} nobody else opens the database.
 */
final class Intake {
    private final Database target;
    private final String place;
    private final RowSource source;
    private final Map<String, Table> tables;

    /** @param place the target, for people */
    Intake(Database target, String place, RowSource source) {
        this.target = target;
        this.place = place;
        this.source = source;
        this.tables =
                DatabaseRows.of(place, target).tables().stream().collect(Collectors.toMap(Table::name, table -> table));
        source.tables().forEach(this::here);
    }

    /** The same table here, with its columns as the source orders them. */
    private Table here(Table table) {
        Table same = tables.get(table.name());
        if (same == null) {
            throw new StorageException(
                    "storage_schema",
                    "the database " + place + " has no table " + table.name() + " of " + source.name(),
                    null);
        }
        return new Table(
                same.name(), table.columnNames().stream().map(same::column).toList(), same.key());
    }

    /**
     * Whether a part of the source is here already.
     *
     * @throws ConflictException if a part of another is
     */
    boolean underWay() {
        List<String> sources =
                target.read(view -> view.list("SELECT DISTINCT source FROM store_copy", row -> row.getString(1)));
        if (!sources.isEmpty() && !sources.equals(List.of(source.name()))) {
            throw new ConflictException(
                    "store_not_empty",
                    place + " holds a copy of " + String.join(", ", sources)
                            + " that is not complete; go on with that, or empty it");
        }
        return !sources.isEmpty();
    }

    /**
     * Takes all rows that are still missing.
     *
     * @throws ConflictException if the target holds anything but a part of this very source
     */
    void take() {
        if (!underWay()) {
            refuseData();
            target.write(tx -> {
                for (Table table : source.tables()) {
                    tx.execute(
                            "INSERT INTO store_copy (table_name, source, last_key, copied) VALUES (?, ?, NULL, 0)",
                            table.name(),
                            source.name());
                }
                return true;
            });
        }
        source.tables().forEach(this::take);
    }

    private void refuseData() {
        for (Table table : tables.values()) {
            if (target.read(view -> view.first("SELECT 1 FROM " + table.name() + " LIMIT 1", row -> row.getInt(1))
                    .isPresent())) {
                throw new ConflictException(
                        "store_not_empty",
                        place + " holds data already (in " + table.name() + "); choose an empty target");
            }
        }
    }

    private void take(Table table) {
        String insert = "INSERT INTO " + table.name() + " (" + String.join(", ", table.columnNames()) + ") VALUES ("
                + String.join(", ", Collections.nCopies(table.columns().size(), "?")) + ")";
        RowSource.Position[] position = {target.read(view -> position(view, table))};
        source.read(table, position[0], slice -> {
            @Nullable Object[] lastKey = DatabaseRows.keyOf(table, slice.getLast());
            long rows = position[0].rows() + slice.size();
            target.write(tx -> {
                slice.forEach(row -> tx.execute(insert, row));
                moveTo(tx, table, lastKey, rows);
                return true;
            });
            position[0] = new RowSource.Position(lastKey, rows);
        });
    }

    private static RowSource.Position position(View view, Table table) {
        return view.first(
                        "SELECT last_key, copied FROM store_copy WHERE table_name = ?",
                        row -> {
                            String key = row.getString("last_key");
                            return new RowSource.Position(key == null ? null : values(key), row.getLong("copied"));
                        },
                        table.name())
                .orElseThrow();
    }

    private static void moveTo(Tx tx, Table table, @Nullable Object[] lastKey, long rows) {
        tx.execute(
                "UPDATE store_copy SET last_key = ?, copied = ? WHERE table_name = ?",
                StoredJson.encode(lastKey),
                rows,
                table.name());
    }

    /** Numbers and texts of a JSON array. */
    static @Nullable Object[] values(String json) {
        @Nullable Object[] values = StoredJson.decode(json, Object[].class);
        for (int i = 0; i < values.length; i++) {
            if (values[i] instanceof Number number) {
                values[i] = number.longValue();
            }
        }
        return values;
    }

    /**
     * Compares what is here of a table with what should be.
     *
     * @throws StorageException naming what differs
     */
    void verify(Table table, long rows, String hash) {
        TableDigest here = DatabaseRows.of(place, target).digest(here(table));
        if (here.rows() != rows || !here.hash().equals(hash)) {
            throw new StorageException(
                    "storage_copy_differs",
                    "the table " + table.name() + " of " + place + " has " + here.rows() + " rows, hash " + here.hash()
                            + ", but " + source.name() + " has " + rows + ", hash " + hash
                            + "; empty the target and start again",
                    null);
        }
    }

    /** Everything is there: the database may be used. */
    void complete() {
        target.write(tx -> {
            countOn(tx);
            return tx.update("DELETE FROM store_copy");
        });
    }

    /** On PostgreSQL, a key that counts by itself does not see those that were given to it. */
    private void countOn(Tx tx) {
        try {
            Connection connection = tx.connection();
            if (!connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
                return;
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        for (Table table : tables.values()) {
            for (String key :
                    table.key().stream().filter(k -> table.column(k).number()).toList()) {
                tx.first("""
                    SELECT setval(pg_get_serial_sequence(?, ?), greatest(1, (SELECT max(%s) FROM %s)))
                    WHERE pg_get_serial_sequence(?, ?) IS NOT NULL\
                    """.formatted(key, table.name()), row -> row.getLong(1), table.name(), key, table.name(), key);
            }
        }
    }
}
