package dev.belay.server.operation;

import dev.belay.api.event.TurnStatus;
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
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What a server counts, for Prometheus. The registry is made at the first scrape, so that a server without one pays nothing. */
public final class ServerMetrics implements Face, AutoCloseable {
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final TurnCounts turns;
    private final IntSupplier runningTurns;
    private final IntSupplier openStreams;
    private final IntSupplier runningSandboxes;
    private @Nullable Scrape scrape;

    private record Scrape(PrometheusMeterRegistry registry, JvmGcMetrics gc) {}

    public ServerMetrics(
            TurnCounts turns, IntSupplier runningTurns, IntSupplier openStreams, IntSupplier runningSandboxes) {
        this.turns = turns;
        this.runningTurns = runningTurns;
        this.openStreams = openStreams;
        this.runningSandboxes = runningSandboxes;
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.get("/metrics", Access.OPEN, call -> call.answer(200, CONTENT_TYPE, text())));
    }

    private synchronized String text() {
        if (scrape == null) {
            scrape = start();
        }
        return scrape.registry().scrape();
    }

    private Scrape start() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        for (TurnStatus status : TurnStatus.values()) {
            FunctionCounter.builder("belay.turns", turns, counts -> counts.of(status))
                    .description("Turns that ended, by how")
                    .tag("status", status.word())
                    .register(registry);
        }
        Gauge.builder("belay.turns.running", runningTurns::getAsInt)
                .description("Turns that run now")
                .register(registry);
        Gauge.builder("belay.streams.open", openStreams::getAsInt)
                .description("Responses that stream now")
                .register(registry);
        Gauge.builder("belay.sandboxes.running", runningSandboxes::getAsInt)
                .description("Sandboxes that have an owner and run now")
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
