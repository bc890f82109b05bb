package dev.belay.store.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.StorageException;
import dev.belay.store.StoreLocation;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;

/** A process that takes a data set into a database and is killed in the middle of that. */
final class KilledIntake {
    private KilledIntake() {}

    /**
     * Returns when it is dead and a part of the events is there.
     *
     * @param main what runs in the process
     * @param events how many the whole has
     */
    static void start(Class<?> main, StoreLocation target, long events, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(Arrays.asList(arguments));
        Process taking = new ProcessBuilder(command).inheritIO().start();
        try {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> taken(target) > 0);
        } finally {
            taking.destroyForcibly().waitFor();
        }
        assertThat(taken(target)).as("killed in the middle").isBetween(1L, events - 1);
    }

    private static long taken(StoreLocation target) {
        try (Connection connection = target.snapshot().orElseThrow();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT copied FROM store_copy WHERE table_name = 'event'")) {
            return row.next() ? row.getLong(1) : 0;
        } catch (SQLException | NoSuchElementException | StorageException e) {
            // It has not begun.
            return 0;
        }
    }
}
