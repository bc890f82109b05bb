package dev.belay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConfigurationException;
import dev.belay.api.StorageException;
import dev.belay.testpostgres.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PostgresDatabaseTest extends DatabaseContract {
    private final String url = PostgresServer.shared().newDatabase();

    private static PostgresAddress address(String url) {
        return PostgresAddress.of(url, Optional.empty(), Optional.empty(), Map.of());
    }

    @Override
    Database open() {
        return PostgresDatabase.open(address(url));
    }

    @Test
    void theServerOfTheTestsSyncs() {
        assertThat(database.<String>read(view ->
                        view.first("SHOW fsync", row -> row.getString(1)).orElseThrow()))
                .isEqualTo("on");
    }

    @Test
    void aSecondProcessIsRefusedAndToldWhoHasTheDatabase() {
        assertThatThrownBy(this::open)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "is in use by belay, process " + ProcessHandle.current().pid())
                .hasMessageContaining(address(url).toString());
        note("still mine");

        assertThat(notes()).containsExactly("still mine");
    }

    @Test
    void aConnectionThatIsCutOffIsTakenUpAgainWithoutAnError() {
        note("before");
        PostgresServer.shared().execute("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name LIKE 'belay%' AND datname = '\
            """ + address(url).database() + "'");

        note("after");

        assertThat(notes()).containsExactly("after", "before");
        assertThatThrownBy(this::open).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void aProcessThatAnotherHasReplacedStoresNothingMoreAndSaysWhy() throws SQLException {
        note("mine");
        try (Connection other = address(url).source(Map.of()).getConnection();
                Statement statement = other.createStatement()) {
            statement.execute("UPDATE store_owner SET epoch = epoch + 1");
        }

        assertThatThrownBy(() -> note("not mine any more"))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.code()).isEqualTo("storage_taken_over"))
                .hasMessageContaining("another Belay process");
        assertThat(notes()).containsExactly("mine");
    }

    @Test
    void anErrorTellsNeitherTheStatementNorTheValuesInIt() {
        note("0123456789abcdef");
        assertThatThrownBy(() -> note("0123456789abcdef"))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("duplicate key")
                .message()
                .doesNotContain("INSERT", "0123456789abcdef");
    }

    @Test
    void aDatabaseThatCannotBeReachedIsSaidSoWithoutThePassword() {
        assertThatThrownBy(() -> PostgresDatabase.open(address("postgresql://me:hush@localhost:1/db")))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.code()).isEqualTo("storage_unavailable"))
                .hasMessageContaining("postgresql://localhost:1/db")
                .hasMessageNotContaining("hush");
    }

    @Test
    void aDatabaseThatIsNotThereIsSaidSo() {
        assertThatThrownBy(() -> PostgresDatabase.open(address(url + "_missing")))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("does not exist")
                .hasMessageContaining("store.url");
    }

    @Test
    void aDatabaseOfANewerVersionIsRefused() {
        database.write(tx -> tx.update("""
            INSERT INTO flyway_schema_history
                (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
            VALUES (99, '99', 'future', 'SQL', 'V99__future.sql', 1, 'x', 1, true)\
            """));
        database.close();

        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.code()).isEqualTo("storage_schema"))
                .hasMessageContaining("newer");
    }
}
