package dev.belay.store;

import dev.belay.api.StorageException;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.exception.FlywayValidateException;

/** Brings a database's schema up to date; one text for all databases. */
final class Migrations {
    private Migrations() {}

    /**
     * Applies what is missing.
     *
     * @param place the database, for the error
     * @param identity how this database writes an integer key that it counts by itself
     * @param last the version to stop at; empty for the newest
     * @throws StorageException {@code storage_schema} if another version of Belay has written it
     */
    static void apply(DataSource source, String place, String identity, Optional<String> last) {
        FluentConfiguration flyway = Flyway.configure()
                .dataSource(source)
                .locations("classpath:db/migration")
                .placeholders(Map.of("identity", identity))
                .failOnMissingLocations(true)
                .ignoreMigrationPatterns(new String[0])
                .loggers("slf4j");
        last.ifPresent(flyway::target);
        try {
            flyway.load().migrate();
        } catch (FlywayValidateException e) {
            throw new StorageException(
                    "storage_schema",
                    "the database " + place
                            + " was written by a newer or another version of Belay; start that version, or"
                            + " choose another database: " + e.getMessage(),
                    e);
        }
    }

    /** The newest one applied. */
    static String version(View view) {
        return view.first("""
            SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL
            ORDER BY installed_rank DESC LIMIT 1\
            """, row -> row.getString("version")).orElseThrow();
    }
}
