package dev.belay.tenancy;

import dev.belay.store.Database;
import dev.belay.store.StoreLocation;
import dev.belay.testpostgres.StoreKind;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Opens the database of a data directory, the same each time. */
final class TestStore {
    private TestStore() {}

    static Database open(StoreKind kind, Path directory) {
        return kind.url(directory)
                .map(url -> StoreLocation.at(url, Optional.empty(), Optional.empty(), Map.of()))
                .orElseGet(() -> StoreLocation.in(directory))
                .open();
    }
}
