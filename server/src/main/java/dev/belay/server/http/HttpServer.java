package dev.belay.server.http;

import dev.belay.api.ConfigurationException;
import dev.belay.server.config.Configuration;
import dev.belay.server.tls.Tls;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.router.Endpoint;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.ee10.websocket.server.config.JettyWebSocketServletContainerInitializer;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/** Jetty and Javalin, set up for long streams: one virtual thread per request, nothing buffered, slow or silent connections closed. */
public final class HttpServer implements AutoCloseable {
    private static final int PLATFORM_THREADS = 16;
    private static final int HEADER_BYTES = 16 << 10;
    private static final int ACCEPT_QUEUE = 4096;

    private final Javalin javalin;
    private final WebSockets sockets;
    private final String host;
    private final Optional<Tls> tls;

    private HttpServer(Javalin javalin, WebSockets sockets, String host, Optional<Tls> tls) {
        this.javalin = javalin;
        this.sockets = sockets;
        this.host = host;
        this.tls = tls;
    }

    /**
     * Starts to accept requests.
     *
     * @param tls what connections are made with; plain ones if empty. It is closed with the server
     * @throws ConfigurationException if the address cannot be listened on
     */
    public static HttpServer start(
            Configuration configuration,
            Optional<Tls> tls,
            List<Route> routes,
            Authentication authentication,
            Errors errors) {
        String host = configuration.server().host();
        WebSockets sockets = new WebSockets(
                errors,
                configuration.limits().connectionIdle(),
                configuration.limits().bodyBytes());
        Javalin javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.prefer405over404 = true;
            // A client whose base address ends in a slash asks for //v1/… (contract: CodeGraff 0.3, 6).
            config.router.treatMultipleSlashesAsSingleSlash = true;
            config.router.javaLangErrorHandler(errors::answer);
            config.http.compressionStrategy = CompressionStrategy.NONE;
            config.jetty.threadPool = threads();
            config.jetty.modifyHttpConfiguration(http -> {
                http.setSendServerVersion(false);
                http.setRequestHeaderSize(HEADER_BYTES);
                http.setUriCompliance(
                        UriCompliance.DEFAULT.with("slashes", UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT));
                // Whoever reaches the server by another name than the certificate's has looked at the certificate
                // already.
                tls.ifPresent(_ -> http.addCustomizer(new SecureRequestCustomizer(false)));
                http.addCustomizer(new TrustedProxies(configuration.server().trustedProxies()));
            });
            config.jetty.modifyServletContextHandler(context -> {
                JettyWebSocketServletContainerInitializer.configure(context, null);
                context.addFilter(HandshakeFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
            });
            config.jetty.modifyServer(server -> server.setErrorHandler(new JettyErrors(routes)));
            config.jetty.addConnector((server, http) -> {
                HttpConnectionFactory plain = new HttpConnectionFactory(http);
                ServerConnector connector = tls.map(secure -> new ServerConnector(server, secure.context(), plain))
                        .orElseGet(() -> new ServerConnector(server, plain));
                connector.setHost(host);
                // After a network's hiccup every client comes back at once.
                connector.setAcceptQueueSize(ACCEPT_QUEUE);
                connector.setPort(configuration.server().port());
                connector.setIdleTimeout(configuration.limits().connectionIdle().toMillis());
                return connector;
            });
            addRoutes(
                    config,
                    routes,
                    authentication,
                    errors,
                    configuration.limits().bodyBytes(),
                    sockets);
        });
        try {
            javalin.start();
        } catch (RuntimeException e) {
            javalin.stop();
            sockets.close();
            throw new ConfigurationException(
                    "cannot listen on " + host + ":" + configuration.server().port() + ": " + rootMessage(e));
        }
        tls.ifPresent(Tls::start);
        return new HttpServer(javalin, sockets, host, tls);
    }

    private static void addRoutes(
            JavalinConfig config,
            List<Route> routes,
            Authentication authentication,
            Errors errors,
            long bodyLimit,
            WebSockets sockets) {
        for (Route route : routes) {
            config.routes.addEndpoint(new Endpoint(
                    HandlerType.findOrCreate(route.method()), pattern(route.path()), http -> {
                        http.attribute(Errors.SHAPE, route.errors());
                        route.handler()
                                .handle(new Call(
                                        http,
                                        authentication.admit(route.access(), http),
                                        bodyLimit,
                                        sockets,
                                        authentication));
                    }));
        }
        config.routes.exception(Exception.class, errors::answer);
        config.routes.exception(HttpResponseException.class, errors::answer);
    }

    /** A path as Javalin takes it: a parameter that takes slashes stands in angle brackets. */
    private static String pattern(String path) {
        return path.replaceAll("\\{(\\w+)\\.\\.\\.}", "<$1>");
    }

    /** A few platform threads accept and select; each request gets a virtual thread, however many there are. */
    private static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(PLATFORM_THREADS);
        threads.setName("http");
        threads.setDaemon(true);
        VirtualThreadPool virtual = new VirtualThreadPool();
        virtual.setName("request");
        virtual.setMaxConcurrentTasks(0);
        virtual.setTracking(false);
        threads.setVirtualThreadsExecutor(virtual);
        return threads;
    }

    private static String rootMessage(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /** Where it listens, for example {@code http://127.0.0.1:8000}. */
    public String url() {
        return url(host.contains(":") ? "[" + host + "]" : host);
    }

    /** Where this machine itself reaches it: an address that stands for all of them stands for loopback there. */
    public String localUrl() {
        return Loopback.isWildcard(host) ? url("127.0.0.1") : url();
    }

    private String url(String authority) {
        return (tls.isPresent() ? "https://" : "http://") + authority + ":" + javalin.port();
    }

    /** Stops to accept requests and ends those that are left. */
    @Override
    public void close() {
        sockets.close();
        tls.ifPresent(Tls::close);
        javalin.stop();
    }
}
