package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of a server in another process. */
final class Client {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String url;

    Client(String url) {
        this.url = url;
    }

    /** Posts a body to {@code /agent/run}; the answer's stream is read by the caller. */
    BufferedReader start(String body) throws Exception {
        HttpResponse<InputStream> response = open("/agent/run", body);
        assertThat(response.statusCode()).isEqualTo(200);
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /** Posts a body to a path, with headers by name and value in turn, and reads the whole answer, whatever its status. */
    String post(String path, String body, String... headers) throws Exception {
        return answer(path, body, headers).body();
    }

    /** The same with its status. */
    HttpResponse<String> answer(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    /** Any request with a body, which may be empty. */
    HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /** The answer to a POST as it comes in. */
    HttpResponse<InputStream> open(String path, String body) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofInputStream());
    }

    /** A run of that script, from its first line to its one result. */
    List<JsonNode> run(String script) throws Exception {
        List<JsonNode> lines = json(post("/agent/run", "{\"prompt\":\"go\",\"model\":\"scripted:" + script + "\"}"));
        assertThat(lines)
                .filteredOn(line -> isOf(line, "result"))
                .as("one result, at the end: %s", lines)
                .containsExactly(lines.getLast());
        return lines;
    }

    String getText(String path) throws Exception {
        return HTTP.send(HttpRequest.newBuilder(URI.create(url + path)).build(), BodyHandlers.ofString())
                .body();
    }

    JsonNode get(String path) throws Exception {
        return JSON.readTree(getText(path));
    }

    /** The events of a session, up to the end of its turn. */
    List<JsonNode> events(String session) throws Exception {
        return json(getText("/agent/session/" + session + "/events"));
    }

    static List<JsonNode> json(String lines) {
        return lines.lines().map(JSON::readTree).toList();
    }

    static boolean isOf(JsonNode line, String type) {
        return line.required("type").asString().equals(type);
    }
}
