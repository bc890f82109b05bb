package dev.belay.store.transfer;

import dev.belay.api.ConfigurationException;
import dev.belay.store.Database;
import dev.belay.store.StoreLocation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Copies a data set's database to another place: from SQLite to PostgreSQL, back, or between two of a kind. */
public final class StoreCopy {
    private StoreCopy() {}

    /**
     * What a table holds, in both places.
     *
     * @param hash over all rows in any order, 64 hexadecimal digits
     */
    public record Copied(String table, long rows, String hash) {}

    /**
     * Copies, compares, and then lets the target be used. After a kill, the same call goes on where it was.
     *
     * @param told is told of each table that was copied and compared
     * @return all tables
     * @throws ConfigurationException if a process holds one of the two
     * @throws dev.belay.api.ConflictException if the target holds anything but a part of this copy
     * @throws dev.belay.api.StorageException if one of the two fails, or what arrived is not what was sent
     */
    public static List<Copied> run(StoreLocation from, StoreLocation to, Consumer<Copied> told) {
        if (from.equals(to)) {
            throw new ConfigurationException("a data set cannot be copied to where it is: " + from);
        }
        try (Database source = from.open();
                Database target = to.openForCopy(Optional.empty())) {
            RowSource rows = DatabaseRows.of(from.toString(), source);
            Intake intake = new Intake(target, to.toString(), rows);
            intake.take();
            List<Copied> copied = new ArrayList<>();
            for (Table table : rows.tables()) {
                TableDigest digest = rows.digest(table);
                intake.verify(table, digest.rows(), digest.hash());
                Copied one = new Copied(table.name(), digest.rows(), digest.hash());
                told.accept(one);
                copied.add(one);
            }
            intake.complete();
            return copied;
        }
    }
}
