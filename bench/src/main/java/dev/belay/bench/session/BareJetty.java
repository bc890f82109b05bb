package dev.belay.bench.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** The floor: Jetty without servlets, one thread that writes a line a second to every stream and never waits. */
public final class BareJetty {
    private static final int SLICES = 100;

    private BareJetty() {}

    /** Prints its URL and serves until its input ends. */
    public static void main(String[] args) throws Exception {
        List<Set<Response>> slices = Stream.<Set<Response>>generate(ConcurrentHashMap::newKeySet)
                .limit(SLICES)
                .toList();
        AtomicInteger next = new AtomicInteger();
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setAcceptQueueSize(4096);
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract.NonBlocking() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-ndjson");
                slices.get(next.getAndIncrement() % SLICES).add(response);
                return true;
            }
        });
        server.start();
        System.out.println("http://127.0.0.1:" + connector.getLocalPort());
        try (ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor()) {
            for (int slice = 0; slice < SLICES; slice++) {
                Set<Response> due = slices.get(slice);
                var _ = writer.scheduleAtFixedRate(
                        () -> write(due), 1000L * slice / SLICES, 1000, TimeUnit.MILLISECONDS);
            }
            while (System.in.read() >= 0) {}
            writer.shutdownNow();
        }
        server.stop();
    }

    private static void write(Set<Response> due) {
        for (Response response : due) {
            String line = "{\"type\":\"thinking\",\"content\":\"" + Stamp.text() + "\"}\n";
            response.write(
                    false,
                    ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)),
                    Callback.from(() -> {}, _ -> due.remove(response)));
        }
    }
}
