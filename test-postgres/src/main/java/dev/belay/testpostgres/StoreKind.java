package dev.belay.testpostgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The databases that a suite runs on. */
public enum StoreKind {
    SQLITE,
    POSTGRESQL;

    /** The value of {@code store.url} that goes with a data directory of the test's: the same each time, and empty for a file in it. */
    public Optional<String> url(Path directory) {
        return switch (this) {
            case SQLITE -> Optional.empty();
            case POSTGRESQL -> Optional.of(database(directory));
        };
    }

    private static String database(Path directory) {
        Path note = directory.resolveSibling(directory.getFileName() + ".store-url");
        try {
            if (!Files.exists(note)) {
                Files.writeString(note, PostgresServer.shared().newDatabase());
                note.toFile().deleteOnExit();
            }
            return Files.readString(note);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
