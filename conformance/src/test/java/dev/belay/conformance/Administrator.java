package dev.belay.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.process.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes workspaces and keys of a running server's default organisation, as the local command line does. */
final class Administrator {
    private final String organisation;
    private final String token;
    private final AtomicInteger keys = new AtomicInteger();

    private Administrator(String organisation, String token) {
        this.organisation = organisation;
        this.token = token;
    }

    static Administrator of(ServerProcess server, Path data) throws IOException {
        return new Administrator(
                server.url() + "/belay/v1/organisations/default", Files.readString(data.resolve("belay.token")));
    }

    record Key(String id, String secret) {}

    void workspace(String name) throws IOException, InterruptedException {
        post("/workspaces", JsonNodeFactory.instance.objectNode().put("name", name));
    }

    Key key(String workspace, String... permissions) throws IOException, InterruptedException {
        ObjectNode request = JsonNodeFactory.instance
                .objectNode()
                .put("name", "key-" + keys.incrementAndGet())
                .put("workspace", workspace);
        List.of(permissions).forEach(request.putArray("permissions")::add);
        JsonNode made = post("/keys", request);
        return new Key(made.get("id").asString(), made.get("secret").asString());
    }

    private JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(organisation + path))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            return JsonMapper.shared().readTree(answer.body());
        }
    }
}
