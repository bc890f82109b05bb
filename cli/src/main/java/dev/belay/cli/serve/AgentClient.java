package dev.belay.cli.serve;

import dev.belay.server.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** A client of the Cloud Agent API over HTTP, as far as the commands of this module need one. */
public final class AgentClient implements AutoCloseable {
    public static final String NDJSON = "application/x-ndjson";
    public static final String SERVER_SENT = "text/event-stream";

    private final HttpClient client = HttpClient.newHttpClient();
    private final String url;

    /** @param url of a server that takes requests without a key */
    public AgentClient(String url) {
        this.url = url;
    }

    /** Starts a run and hands every line of the answer on as it arrives; returns when the stream ends. */
    public void run(ObjectNode body, String accept, Consumer<String> line) throws InterruptedException {
        lines(
                HttpRequest.newBuilder(URI.create(url + "/agent/run"))
                        .header("Content-Type", "application/json")
                        .header("Accept", accept)
                        .POST(BodyPublishers.ofByteArray(Json.write(body)))
                        .build(),
                line);
    }

    /** Gets a path and hands every line of the answer on. */
    public void get(String path, Consumer<String> line) throws InterruptedException {
        lines(HttpRequest.newBuilder(URI.create(url + path)).build(), line);
    }

    private void lines(HttpRequest request, Consumer<String> line) throws InterruptedException {
        try {
            HttpResponse<Stream<String>> response = client.send(request, BodyHandlers.ofLines());
            try (Stream<String> lines = response.body()) {
                if (response.statusCode() != 200) {
                    throw new ServerException(
                            "refused",
                            "the server answered " + response.statusCode() + ": "
                                    + lines.limit(5).toList());
                }
                lines.forEach(line);
            }
        } catch (IOException e) {
            throw ServerException.unreachable(url, e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
