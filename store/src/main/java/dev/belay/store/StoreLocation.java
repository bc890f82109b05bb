package dev.belay.store;

import dev.belay.api.Secret;
import dev.belay.api.StorageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a data set's database is. The classes of PostgreSQL are loaded only for one that is there. */
public sealed interface StoreLocation {
    /** The database file of a data directory. */
    String FILE = "belay.db";

    /** The database of that data directory. */
    static StoreLocation in(Path dataDirectory) {
        return new SqliteFile(dataDirectory.resolve(FILE));
    }

    /**
     * The database at that address, as {@link PostgresAddress#of} reads it.
     *
     * @throws dev.belay.api.ConfigurationException if it is none
     */
    static StoreLocation at(
            String url, Optional<String> user, Optional<String> password, Map<String, String> environment) {
        return new Postgres(PostgresAddress.of(url, user, password, environment));
    }

    /**
     * Opens the database as the one process that owns it, makes it if it is a file that is absent, and brings its schema up to date.
     *
     * @throws dev.belay.api.ConfigurationException if another process owns it
     * @throws StorageException if it cannot be opened, is damaged, was written by a newer version, or is a copy that is not complete
     */
    default Database open() {
        Database database = openForCopy(Optional.empty());
        try {
            Optional<String> source = database.read(
                    view -> view.first("SELECT source FROM store_copy LIMIT 1", row -> row.getString("source")));
            if (source.isPresent()) {
                throw new StorageException(
                        "storage_incomplete",
                        "the database " + this + " is a copy of " + source.get()
                                + " that is not complete; run the same belay store copy or belay restore again",
                        null);
            }
            return database;
        } catch (RuntimeException | Error e) {
            database.close();
            throw e;
        }
    }

    /**
     * As {@link #open}, also for a copy that is not complete.
     *
     * @param version the migration to stop at; empty for the newest
     */
    Database openForCopy(Optional<String> version);

    /** A connection to what is stored at this moment, beside a process that may own it; empty if there is no database yet. */
    Optional<Connection> snapshot();

    /** The newest migration that the database has had; empty if there is none yet. Changes nothing. */
    Optional<String> schemaVersion();

    /** What must never be shown of it. */
    default List<Secret> secrets() {
        return List.of();
    }

    /** The place, for people: a file, or an address without user and password. */
    @Override
    String toString();

    record SqliteFile(Path file) implements StoreLocation {
        @Override
        public Database openForCopy(Optional<String> version) {
            return SqliteDatabase.open(file, version);
        }

        @Override
        public Optional<Connection> snapshot() {
            return Files.exists(file) ? Optional.of(SqliteDatabase.snapshot(file)) : Optional.empty();
        }

        @Override
        public Optional<String> schemaVersion() {
            return Files.exists(file) ? Optional.of(SqliteDatabase.schemaVersionOf(file)) : Optional.empty();
        }

        @Override
        public String toString() {
            return file.toString();
        }
    }

    record Postgres(PostgresAddress address) implements StoreLocation {
        @Override
        public Database openForCopy(Optional<String> version) {
            return PostgresDatabase.open(address, version);
        }

        @Override
        public Optional<Connection> snapshot() {
            return Optional.of(PostgresDatabase.snapshot(address));
        }

        @Override
        public List<Secret> secrets() {
            return address.password().stream()
                    .map(password -> new Secret("store_password", password))
                    .toList();
        }

        @Override
        public Optional<String> schemaVersion() {
            return PostgresDatabase.schemaVersionOf(address);
        }

        @Override
        public String toString() {
            return address.toString();
        }
    }
}
