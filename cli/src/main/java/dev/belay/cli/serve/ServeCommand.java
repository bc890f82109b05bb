package dev.belay.cli.serve;

import dev.belay.cli.terminal.Terminal;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code belay serve}. Stdout holds one line, which says where the server is as soon as it accepts requests; everything else goes to stderr.
 * SIGTERM and SIGINT end it: turns end as interrupted, open streams get their result, exit code 0.
 */
@Command(
        name = "serve",
        description = "Starts the server and runs it until SIGTERM or Ctrl-C, which end it cleanly with exit code 0.")
public final class ServeCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Map<String, String> environment;

    @Option(names = "--port", paramLabel = "N", description = "Port to listen on, 0 for any free one; 8000 if absent.")
    private Optional<String> port = Optional.empty();

    @Option(names = "--host", paramLabel = "H", description = "Address to listen on; 127.0.0.1 if absent.")
    private Optional<String> host = Optional.empty();

    @Option(names = "--dev", description = "Take requests without a key, from this machine only.")
    private boolean dev;

    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    public ServeCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> flags = new HashMap<>();
        port.ifPresent(value -> flags.put("server.port", value));
        host.ifPresent(value -> flags.put("server.host", value));
        BelayServer server =
                BelayServer.start(new ServerOptions(configuration.read(environment, flags), environment, dev));
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> end(server)));
        if (!dev) {
            server.firstKey()
                    .ifPresent(key -> terminal.err()
                            .println("This is the administrator key. It is shown this once and stored nowhere: "
                                    + key.secret()));
        }
        terminal.say("Belay is ready on " + server.url());
        new CountDownLatch(1).await();
        return 0;
    }

    /** The JVM would report the signal as its exit code; a server that ended as it was asked to did not fail. */
    private static void end(BelayServer server) {
        server.close();
        Runtime.getRuntime().halt(0);
    }
}
