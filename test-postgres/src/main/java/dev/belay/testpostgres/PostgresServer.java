package dev.belay.testpostgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL server of a test's own, as durable as a real one: it syncs. Runs as root and as a plain user. */
public final class PostgresServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static @Nullable PostgresServer shared;

    private final Path data;
    private final int port;
    private EmbeddedPostgres running;
    private boolean killed;

    private PostgresServer(Path data) throws IOException {
        this.data = data;
        this.running = launch(data, 0);
        this.port = running.getPort();
    }

    /** Makes a server whose data lie in that directory, which is empty or absent. */
    public static PostgresServer start(Path data) {
        try {
            return new PostgresServer(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The one of this JVM, started when it is first asked for and stopped at the end. Not to be killed: others use it. */
    public static synchronized PostgresServer shared() {
        if (shared == null) {
            try {
                Path data = Files.createTempDirectory("belay-postgres-shared");
                PostgresServer started = start(data.resolve("data"));
                shared = started;
                Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> started.endWith(data)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return shared;
    }

    private void endWith(Path directory) {
        // Its data are thrown away.
        end();
        try (var tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static EmbeddedPostgres launch(Path data, int port) throws IOException {
        Path programs = Path.of(
                System.getProperty("java.io.tmpdir"), "belay-postgres-programs-" + System.getProperty("user.name"));
        return EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(programs.toFile())
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPort(port)
                .setPGStartupWait(PATIENCE)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("listen_addresses", "localhost")
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Makes an empty database and returns its address, as {@code postgresql://postgres@localhost:PORT/NAME}. */
    public String newDatabase() {
        String name = "test_" + DATABASES.incrementAndGet();
        execute("CREATE DATABASE " + name);
        return "postgresql://postgres@localhost:" + port + "/" + name;
    }

    /** Executes a statement as the administrator. */
    public void execute(String sql) {
        try (Connection connection = running.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public int port() {
        return port;
    }

    /** The process that is the parent of all others of this server. */
    public long pid() {
        try (var lines = Files.lines(data.resolve("postmaster.pid"))) {
            return Long.parseLong(lines.findFirst().orElseThrow().strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@code kill -9} of the parent process; its children end when they notice. */
    public void kill() {
        end();
        killed = true;
        try {
            // Gives its lock on the directory back; there is nothing left to stop.
            running.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void end() {
        List<ProcessHandle> all = ProcessHandle.of(pid()).stream()
                .flatMap(parent -> Stream.concat(parent.descendants(), Stream.of(parent)))
                .toList();
        all.getLast().destroyForcibly();
        all.forEach(process -> process.onExit().join());
    }

    /** Starts it again on the same port, after {@link #kill}. */
    public void startAgain() {
        IOException last = null;
        // The memory that the killed one shared with its children is free when the last of them is gone.
        for (int attempt = 0; attempt < 5; attempt++) {
            try {
                running = launch(data, port);
                killed = false;
                return;
            } catch (IOException e) {
                last = e;
            }
        }
        throw new UncheckedIOException(last);
    }

    @Override
    public void close() {
        if (!killed) {
            end();
        }
    }
}
