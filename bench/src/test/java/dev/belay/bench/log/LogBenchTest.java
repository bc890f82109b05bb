package dev.belay.bench.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.testpostgres.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark of the log on both stores in one run; {@code ./belay test --full log-bench} prints figures that count. */
@Tag("log-bench")
class LogBenchTest {
    @TempDir
    Path directory;

    @Test
    void bothStoresAreMeasuredInOneRun() {
        boolean full = "full".equals(System.getProperty("belay.suite"));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        LogBench.run(
                List.of(
                        "--dir", directory.toString(),
                        "--seconds", full ? "5" : "1",
                        "--store", PostgresServer.shared().newDatabase()),
                new PrintStream(printed, true, StandardCharsets.UTF_8));

        String figures = printed.toString(StandardCharsets.UTF_8);
        if (full) {
            System.out.println(figures);
        }
        assertThat(figures)
                .containsSubsequence(
                        "SQLite",
                        "256 writers",
                        "replay",
                        "PostgreSQL, postgresql://localhost",
                        "256 writers",
                        "replay");
    }
}
