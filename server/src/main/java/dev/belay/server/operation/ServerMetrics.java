package dev.belay.server.operation;

import dev.belay.server.http.Access;
import dev.belay.server.http.Face;
import dev.belay.server.http.Route;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What a server counts, for Prometheus. Counting begins at once; the registry is made at the first scrape. */
public final class ServerMetrics implements Face, AutoCloseable {
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final IntSupplier runningTurns;
    private final IntSupplier openStreams;
    private final Map<String, LongAdder> turns = new ConcurrentHashMap<>();
    private @Nullable Scrape scrape;

    private record Scrape(PrometheusMeterRegistry registry, JvmGcMetrics gc) {}

    public ServerMetrics(IntSupplier runningTurns, IntSupplier openStreams) {
        this.runningTurns = runningTurns;
        this.openStreams = openStreams;
    }

    /** A turn ended; {@code status} is its word. */
    public void turnFinished(String status) {
        turns.computeIfAbsent(status, _ -> new LongAdder()).increment();
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.get("/metrics", Access.OPEN, call -> call.answer(200, CONTENT_TYPE, text())));
    }

    private synchronized String text() {
        if (scrape == null) {
            scrape = start();
        }
        PrometheusMeterRegistry registry = scrape.registry();
        turns.forEach((status, count) -> {
            if (registry.find("belay.turns").tag("status", status).functionCounter() == null) {
                FunctionCounter.builder("belay.turns", count, LongAdder::sum)
                        .description("Turns that ended, by how")
                        .tag("status", status)
                        .register(registry);
            }
        });
        return registry.scrape();
    }

    private Scrape start() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Gauge.builder("belay.turns.running", runningTurns::getAsInt)
                .description("Turns that run now")
                .register(registry);
        Gauge.builder("belay.streams.open", openStreams::getAsInt)
                .description("Responses that stream now")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        JvmGcMetrics gc = new JvmGcMetrics();
        gc.bindTo(registry);
        return new Scrape(registry, gc);
    }

    @Override
    public synchronized void close() {
        if (scrape != null) {
            scrape.gc().close();
            scrape.registry().close();
        }
    }
}
