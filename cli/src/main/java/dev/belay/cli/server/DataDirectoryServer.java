package dev.belay.cli.server;

import dev.belay.api.ConfigurationException;
import dev.belay.client.BelayClient;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.store.DataDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The server of a data directory: whoever serves it, or, if nobody does, this process, on a free loopback port that only the token of the
 * directory opens. Others find that server as they would find any, and when it ends, the next who comes becomes it.
 *
 * @param configuration read when this process has to serve
 * @param client for the server at an address
 */
record DataDirectoryServer(
        Path directory,
        Supplier<Configuration> configuration,
        Map<String, String> environment,
        Function<String, BelayClient> client)
        implements Supplier<ReachedServer.Link> {
    /** What a server is given that is there for one command. */
    static final Map<String, String> SETTINGS =
            Map.of("server.port", "0", "server.host", "127.0.0.1", "log.level", "error");

    private static final Duration TO_START = Duration.ofSeconds(20);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    @Override
    public ReachedServer.Link get() {
        long giveUp = System.nanoTime() + TO_START.toNanos();
        while (true) {
            Optional<DataDirectory.Holder> holder = DataDirectory.holder(directory);
            Optional<String> url = holder.flatMap(DataDirectory.Holder::url);
            if (url.isPresent()) {
                return ReachedServer.Link.to(client.apply(url.get()));
            }
            try {
                if (holder.isEmpty()) {
                    OwnServer own = OwnServer.start(
                            new ServerOptions(configuration.get(), environment, false).withoutFirstKey());
                    return new ReachedServer.Link(client.apply(own.url()), Optional.of(own));
                }
            } catch (ConfigurationException e) {
                // Most likely another process was quicker; what is really wrong is still wrong when time is up.
                if (System.nanoTime() - giveUp > 0
                        || DataDirectory.holder(directory).isEmpty()) {
                    throw e;
                }
            }
            if (System.nanoTime() - giveUp > 0) {
                throw new ConfigurationException("the data directory " + directory + " is in use by process "
                        + holder.map(DataDirectory.Holder::pid)
                                .map(String::valueOf)
                                .orElse("?")
                        + ", which is no server; wait for it to end, or name a server with --url");
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_AGAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConfigurationException("interrupted while the server was looked for");
        }
    }

    /** A server in this process. Closing it, or a signal, ends it; turns that run are left to the next one. */
    static final class OwnServer implements AutoCloseable {
        private final BelayServer server;
        private final Thread onSignal;

        private OwnServer(BelayServer server) {
            this.server = server;
            this.onSignal = Thread.ofPlatform().unstarted(server::close);
            Runtime.getRuntime().addShutdownHook(onSignal);
        }

        static OwnServer start(ServerOptions options) {
            return new OwnServer(BelayServer.start(options));
        }

        String url() {
            return server.url();
        }

        @Override
        public void close() {
            try {
                Runtime.getRuntime().removeShutdownHook(onSignal);
            } catch (IllegalStateException e) {
                return; // a signal came, and the hook is at it
            }
            server.close();
        }
    }
}
