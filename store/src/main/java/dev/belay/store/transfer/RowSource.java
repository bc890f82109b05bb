package dev.belay.store.transfer;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tables whose rows can be read, in the same order each time. */
interface RowSource {
    /** Its name, for people and to know it again. */
    String name();

    /** Each behind those that it refers to. */
    List<Table> tables();

    /**
     * Hands out a table's rows in slices, each small enough for one transaction.
     *
     * @param from what was read before
     */
    void read(Table table, Position from, Consumer<List<@Nullable Object[]>> slice);

    /**
     * A place between two rows.
     *
     * @param lastKey the key of the last row before it; null at the beginning
     * @param rows how many rows are before it
     */
    record Position(@Nullable Object @Nullable [] lastKey, long rows) {
        static final Position BEGINNING = new Position(null, 0);
    }

    default TableDigest digest(Table table) {
        TableDigest digest = new TableDigest();
        read(table, Position.BEGINNING, slice -> slice.forEach(digest::add));
        return digest;
    }
}
