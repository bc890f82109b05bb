package dev.belay.cli.serve;

import dev.belay.cli.files.TemporaryDirectory;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A server on a free loopback port over a temporary data directory, which takes requests without a key. Closing it, or a signal, ends it and
 * deletes the directory.
 */
public final class ScratchServer implements AutoCloseable {
    private final TemporaryDirectory directory;
    private final BelayServer server;
    private final Thread onSignal = Thread.ofPlatform().unstarted(this::end);
    private boolean ended;

    /**
     * @param environment the process's environment variables; none of Belay's own settings are taken from it
     * @param scripts scripts of scripted models, by name
     */
    public ScratchServer(Map<String, String> environment, Map<String, String> scripts) {
        directory = TemporaryDirectory.create("belay-");
        try {
            Path folder = Files.createDirectory(directory.path().resolve("scripts"));
            for (Map.Entry<String, String> script : scripts.entrySet()) {
                Files.writeString(folder.resolve(script.getKey() + ".json"), script.getValue());
            }
            server = BelayServer.start(new ServerOptions(configuration(), environment, true));
        } catch (IOException e) {
            directory.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
        Runtime.getRuntime().addShutdownHook(onSignal);
    }

    private Configuration configuration() {
        Map<String, String> flags = new HashMap<>();
        flags.put("data.directory", directory.path().toString());
        flags.put("server.port", "0");
        flags.put("log.level", "warn");
        return Configuration.read(new ConfigurationSources(Optional.empty(), flags, Map.of()));
    }

    public BelayServer server() {
        return server;
    }

    /** Whether it has ended, by a signal for example; waits while it is ending. */
    public synchronized boolean ended() {
        return ended;
    }

    private synchronized void end() {
        if (!ended) {
            ended = true;
            server.close();
            directory.close();
        }
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            // A signal came: the hook runs already and finds nothing left to do.
        }
    }
}
