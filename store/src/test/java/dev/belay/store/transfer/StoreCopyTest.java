package dev.belay.store.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConfigurationException;
import dev.belay.api.ConflictException;
import dev.belay.api.StorageException;
import dev.belay.store.Database;
import dev.belay.store.StoreLocation;
import dev.belay.testpostgres.PostgresServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data set on its way from one database to another. */
class StoreCopyTest {
    @TempDir
    Path directory;

    private final StoreLocation postgres =
            DataSet.postgres(PostgresServer.shared().newDatabase());

    private StoreLocation sqlite() {
        return StoreLocation.in(directory);
    }

    private static void fill(StoreLocation place, int sessions, int events) {
        try (Database database = place.open()) {
            DataSet.fill(database, sessions, events);
        }
    }

    @Test
    void thereAndBackEveryRowIsTheSameAndBothGoOn(@TempDir Path back) {
        fill(sqlite(), 3, 700);

        List<StoreCopy.Copied> copied = StoreCopy.run(sqlite(), postgres, _ -> {});
        StoreCopy.run(postgres, StoreLocation.in(back), _ -> {});

        assertThat(copied).extracting(StoreCopy.Copied::table).contains("organisation", "event", "session");
        assertThat(copied)
                .filteredOn(one -> one.table().equals("event"))
                .first()
                .matches(one -> one.rows() == 2100);
        assertThat(DataSet.contents(postgres)).isEqualTo(DataSet.contents(sqlite()));
        assertThat(DataSet.contents(StoreLocation.in(back))).isEqualTo(DataSet.contents(sqlite()));
        for (StoreLocation place : List.of(sqlite(), postgres, StoreLocation.in(back))) {
            try (Database database = place.open()) {
                DataSet.session(database, 4, 10);
            }
        }
        assertThat(DataSet.contents(postgres)).isEqualTo(DataSet.contents(sqlite()));
    }

    @Test
    void aTargetThatHoldsSomethingIsRefusedAndLeftAlone() {
        fill(sqlite(), 1, 1);
        fill(postgres, 2, 2);
        var before = DataSet.contents(postgres);

        assertThatThrownBy(() -> StoreCopy.run(sqlite(), postgres, _ -> {}))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("holds data already");
        assertThat(DataSet.contents(postgres)).isEqualTo(before);
    }

    @Test
    void aPlaceThatAProcessHoldsIsRefused() {
        fill(sqlite(), 1, 1);
        try (Database _ = postgres.open()) {
            assertThatThrownBy(() -> StoreCopy.run(sqlite(), postgres, _ -> {}))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("is in use by");
        }
    }

    @Test
    void aCopyThatWasKilledGoesOnWhereItWasAndIsNotUsedBefore(@TempDir Path other) throws Exception {
        fill(sqlite(), 40, 500);
        fill(StoreLocation.in(other), 1, 1);
        String url = PostgresServer.shared().newDatabase();
        StoreLocation target = DataSet.postgres(url);
        KilledIntake.start(CopyMain.class, target, 20_000, directory.toString(), url);
        assertThatThrownBy(target::open).isInstanceOf(StorageException.class).hasMessageContaining("not complete");
        assertThatThrownBy(() -> StoreCopy.run(StoreLocation.in(other), target, _ -> {}))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining(sqlite().toString());

        StoreCopy.run(sqlite(), target, _ -> {});

        assertThat(DataSet.contents(target)).isEqualTo(DataSet.contents(sqlite()));
    }

    /** What runs in the process that is killed. */
    static final class CopyMain {
        public static void main(String[] arguments) {
            StoreCopy.run(StoreLocation.in(Path.of(arguments[0])), DataSet.postgres(arguments[1]), _ -> {});
        }
    }
}
