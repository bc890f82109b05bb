package dev.belay.server;

import dev.belay.api.ConfigurationException;
import dev.belay.api.Scope;
import dev.belay.server.admin.AdminFace;
import dev.belay.server.admin.NamedTenants;
import dev.belay.server.admin.ProjectLinksFace;
import dev.belay.server.admin.SecretsFace;
import dev.belay.server.admin.UsageFace;
import dev.belay.server.cloudagent.CloudAgentFace;
import dev.belay.server.cloudagent.ProjectFace;
import dev.belay.server.cloudagent.wire.WireEvents;
import dev.belay.server.codegraff.SandboxFace;
import dev.belay.server.config.Configuration;
import dev.belay.server.files.FileRequests;
import dev.belay.server.http.Authentication;
import dev.belay.server.http.Errors;
import dev.belay.server.http.Face;
import dev.belay.server.http.HttpServer;
import dev.belay.server.http.Loopback;
import dev.belay.server.http.OpenStreams;
import dev.belay.server.http.Route;
import dev.belay.server.logging.Logging;
import dev.belay.server.mcp.AgentTools;
import dev.belay.server.mcp.McpFace;
import dev.belay.server.mcp.SandboxTools;
import dev.belay.server.operation.HealthFace;
import dev.belay.server.operation.OpenApiFace;
import dev.belay.server.operation.ServerMetrics;
import dev.belay.server.tls.Tls;
import dev.belay.tenancy.IssuedKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** HTTP over a {@link Belay}: lists the faces and starts to accept requests. */
public final class BelayServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BelayServer.class);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final Belay belay;
    private final HttpServer http;
    private final OpenStreams streams;
    private final CloudAgentFace cloudAgent;
    private final ServerMetrics metrics;
    private final List<Route> routes;
    private final Optional<IssuedKey> firstKey;

    private BelayServer(ServerOptions options, Belay belay, LocalToken token) {
        Configuration configuration = options.configuration();
        this.belay = belay;
        Logging.configure(configuration.log(), belay.redactor()::redact);
        if (!Loopback.isListenAddress(configuration.server().host())
                && configuration.server().tls().isEmpty()
                && configuration.server().trustedProxies().isEmpty()) {
            LOG.warn(
                    "listening on {} without TLS: keys and prompts can be read on the way; name a certificate"
                            + " (server.tls_certificate, server.tls_key), or put a proxy with TLS in front and trust it"
                            + " (server.trusted_proxies)",
                    configuration.server().host());
        }
        belay.bootstrap().makeDefault();
        streams = new OpenStreams(configuration.limits().concurrentStreams());
        metrics = new ServerMetrics(
                belay.turnCounts(), belay.sessions()::running, streams::count, belay.sandboxes()::running);
        cloudAgent = new CloudAgentFace(
                belay.sessions(),
                belay.log(),
                streams,
                belay.clock(),
                options.heartbeat(),
                configuration.limits().reattach(),
                configuration.agent().onRestart() == Configuration.OnRestart.RESUME,
                new FileRequests.Limits(
                        configuration.sandbox().uploadBytes(),
                        configuration.sandbox().standard().fileBytes()));
        List<Face> faces = new ArrayList<>(List.of(
                cloudAgent,
                new SandboxFace(
                        belay.lifecycle(),
                        belay.log(),
                        streams,
                        options.heartbeat(),
                        configuration.sandbox().uploadBytes()),
                new McpFace(
                        new SandboxTools(belay.lifecycle()),
                        new AgentTools(belay.sessions(), belay.log(), new WireEvents(belay.clock())),
                        belay.redactor(),
                        streams,
                        options.heartbeat()),
                new ProjectFace(belay.projects(), belay.sandboxes()),
                new AdminFace(belay.tenancy()),
                new SecretsFace(belay.secrets(), new NamedTenants(belay.tenancy())),
                new UsageFace(belay.sessions(), new NamedTenants(belay.tenancy()), belay.clock()),
                new ProjectLinksFace(
                        belay.projects(),
                        new NamedTenants(belay.tenancy()),
                        belay.directory().path()),
                new HealthFace(
                        belay.database(), belay.sandboxes(), belay.directory().path()),
                new OpenApiFace()));
        if (configuration.metrics()) {
            faces.add(metrics);
        }
        Optional<Supplier<Scope>> dev = options.dev() ? Optional.of(belay.bootstrap()::devScope) : Optional.empty();
        routes = faces.stream().flatMap(face -> face.routes().stream()).toList();
        http = HttpServer.start(
                configuration,
                configuration.server().tls().map(files -> new Tls(files, belay.directory()::servesCertificate)),
                routes,
                new Authentication(
                        belay.tenancy(),
                        dev,
                        belay.bootstrap()::localScope,
                        token.value(),
                        configuration.server().host()),
                new Errors(belay.redactor()));
        try {
            belay.directory().serving(http.localUrl(), token.value());
            // Last, for a start that fails must not have made a key that nobody is shown.
            firstKey = options.showsFirstKey() ? belay.bootstrap().firstStart() : Optional.empty();
            belay.sandboxes().warmUp();
            Thread.ofPlatform().daemon().name("model-warm-up").start(this::warmModels);
            belay.lifecycle().watchDeadlines();
        } catch (RuntimeException | Error e) {
            http.close();
            throw e;
        }
    }

    /**
     * Starts a server and returns when it accepts requests.
     *
     * @throws ConfigurationException if the options contradict each other, the data directory is in use, or the address cannot be listened on
     */
    public static BelayServer start(ServerOptions options) {
        String host = options.configuration().server().host();
        if (options.dev() && !Loopback.isListenAddress(host)) {
            throw new ConfigurationException(
                    "--dev lets anyone in who can reach the server, so that it listens on loopback"
                            + " only; server.host is " + host);
        }
        LocalToken token = LocalToken.generate();
        Belay belay = Belay.open(options.configuration(), options.environment(), List.of(token));
        try {
            return new BelayServer(options, belay, token);
        } catch (RuntimeException | Error e) {
            belay.close();
            throw e;
        }
    }

    /** A first call loads thousands of classes of a vendor's client; where a key says that there will be one, that is done before it. */
    private void warmModels() {
        try {
            belay.models().warmUp();
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("the models could not be warmed up: {}", e.toString());
        }
    }

    /** Where it serves, for example {@code http://127.0.0.1:8000}. */
    public String url() {
        return http.url();
    }

    /** The administrator key that a first start made, to be shown once. */
    public Optional<IssuedKey> firstKey() {
        return firstKey;
    }

    /** The domain that it serves, for callers in this process. */
    public Belay belay() {
        return belay;
    }

    List<Route> routes() {
        return routes;
    }

    /** Ends all turns as interrupted, lets every stream say its last event, and stops. */
    @Override
    public void close() {
        try {
            belay.sessions().close();
            streams.close(LAST_WORDS);
            http.close();
            cloudAgent.close();
            metrics.close();
        } finally {
            belay.close();
        }
    }
}
