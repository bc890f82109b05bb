package dev.belay.bench.session;

import io.javalin.Javalin;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The peer: Javalin as it comes, with virtual threads, where each request is a thread that writes a line a second. */
public final class BareJavalin {
    private BareJavalin() {}

    /** Prints its URL and serves until its input ends. */
    public static void main(String[] args) throws Exception {
        Javalin server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.concurrency.useVirtualThreads = true;
            config.routes.get("/events", http -> {
                http.contentType("application/x-ndjson");
                OutputStream out = http.res().getOutputStream();
                out.flush();
                while (true) {
                    String line = "{\"type\":\"thinking\",\"content\":\"" + Stamp.text() + "\"}\n";
                    out.write(line.getBytes(StandardCharsets.UTF_8));
                    out.flush();
                    Thread.sleep(Duration.ofSeconds(1));
                }
            });
        });
        server.start("127.0.0.1", 0);
        System.out.println("http://127.0.0.1:" + server.port());
        while (System.in.read() >= 0) {}
        server.stop();
    }
}
