package dev.belay.store;

import dev.belay.testpostgres.PostgresServer;
import java.util.Map;
import java.util.Optional;

class PostgresReadingTest extends ReadingContract {
    private final String url = PostgresServer.shared().newDatabase();

    @Override
    Database open() {
        return PostgresDatabase.open(PostgresAddress.of(url, Optional.empty(), Optional.empty(), Map.of()));
    }
}
