package dev.belay.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteReadingTest extends ReadingContract {
    @TempDir
    Path directory;

    @Override
    Database open() {
        return SqliteDatabase.open(directory.resolve("belay.db"));
    }
}
