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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of one run, which remembers what it was told until its server died. */
final class Witness {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String key;
    private final List<String> durable = new CopyOnWriteArrayList<>();
    private final CountDownLatch firstLine = new CountDownLatch(1);
    private final Thread reader;

    private Witness(String url, String key) {
        this.key = key;
        this.reader = Thread.ofVirtual().start(() -> read(url));
    }

    /** Starts a run, with that idempotency key, and reads along. */
    static Witness start(String url, String key) {
        return new Witness(url, key);
    }

    private void read(String url) {
        try {
            HttpResponse<InputStream> response = HTTP.send(run(url), HttpResponse.BodyHandlers.ofInputStream());
            BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (JSON.readTree(line).has("seq")) {
                    durable.add(line);
                }
                firstLine.countDown();
            }
        } catch (IOException e) {
            // The server was killed. A line that it did not finish is not one that it told.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            firstLine.countDown();
        }
    }

    private HttpRequest run(String url) {
        return HttpRequest.newBuilder(URI.create(url + "/agent/run"))
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"prompt\":\"" + key + "\",\"model\":\"scripted:points\",\"stream_deltas\":true}"))
                .build();
    }

    void awaitFirstLine() throws InterruptedException {
        firstLine.await();
    }

    void awaitEnd() throws InterruptedException {
        reader.join();
    }

    boolean sawNothing() {
        return durable.isEmpty();
    }

    int seen() {
        return durable.size();
    }

    /** Whether the server died before it told how the run ended. */
    boolean wasCut() {
        return !isResult(durable.getLast());
    }

    private String session() {
        return JSON.readTree(durable.getFirst()).required("session_id").asString();
    }

    /** Sends the same request again: what its stream says. */
    List<String> joinAgain(String url) throws Exception {
        return durable(HTTP.send(run(url), HttpResponse.BodyHandlers.ofString()));
    }

    /** What the session's events are now. */
    List<String> eventsNow(String url) throws Exception {
        return durable(get(url + "/agent/session/" + session() + "/events"));
    }

    private static List<String> durable(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body()
                .lines()
                .filter(line -> JSON.readTree(line).has("seq"))
                .toList();
    }

    private static HttpResponse<String> get(String url) throws Exception {
        return HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Every line that this client got is there, byte by byte, and the turn has one end. */
    void assertKnown(List<String> told) {
        assertThat(told).as("the events of run %s", key).startsWith(durable.toArray(String[]::new));
        assertThat(told).filteredOn(Witness::isResult).as("ends of run %s", key).hasSize(1);
        JsonNode result = JSON.readTree(told.getLast());
        assertThat(result.required("type").asString()).isEqualTo("result");
        if (wasCut()) {
            // It may have ended in the moment between the last line and the kill.
            assertThat(result.required("status").asString()).isIn("interrupted", "success");
        }
        assertThat(told.stream().filter(line -> line.contains("\"type\":\"tool_use\"")))
                .as("calls of run %s, each with a result", key)
                .hasSameSizeAs(told.stream()
                        .filter(line -> line.contains("\"type\":\"tool_result\""))
                        .toList());
    }

    /** No turn is open any more; the process that runs now holds nothing of the session. */
    void assertHibernated(String url) throws Exception {
        JsonNode status = JSON.readTree(
                get(url + "/agent/session/" + session() + "/status").body());
        assertThat(status.required("status").asString()).isEqualTo("hibernated");
    }

    private static boolean isResult(String line) {
        return JSON.readTree(line).required("type").asString().equals("result");
    }
}
