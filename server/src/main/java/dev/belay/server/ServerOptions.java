package dev.belay.server;

import dev.belay.server.config.Configuration;
import java.time.Duration;
import java.util.Map;

/**
 * How a server is started.
 *
 * @param environment the process's environment variables, for the secrets among them
 * @param dev whether requests without a key are let in (loopback only)
 * @param showsFirstKey whether somebody is there to be shown the administrator key that a first start makes; otherwise none is made
 * @param heartbeat how long a stream may be silent before it says that it lives; at most 3 s in production, for the Cloud Agent API's own
 *     client gives up after 5
 */
public record ServerOptions(
        Configuration configuration,
        Map<String, String> environment,
        boolean dev,
        boolean showsFirstKey,
        Duration heartbeat) {
    public static final Duration HEARTBEAT = Duration.ofSeconds(3);

    public ServerOptions(Configuration configuration, Map<String, String> environment, boolean dev) {
        this(configuration, environment, dev, HEARTBEAT);
    }

    public ServerOptions(
            Configuration configuration, Map<String, String> environment, boolean dev, Duration heartbeat) {
        this(configuration, environment, dev, !dev, heartbeat);
    }

    /** The same for a server that is used through its local token alone. */
    public ServerOptions withoutFirstKey() {
        return new ServerOptions(configuration, environment, dev, false, heartbeat);
    }
}
