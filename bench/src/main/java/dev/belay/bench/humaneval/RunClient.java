package dev.belay.bench.humaneval;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs a script, or a model that plays it over a wire, through {@code POST /agent/run} and looks at what the stream says. Safe for many threads. */
final class RunClient implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI run;
    private final UnaryOperator<String> model;

    /** @param model the model that plays a script */
    RunClient(String url, UnaryOperator<String> model) {
        this.model = model;
        run = URI.create(url + "/agent/run");
    }

    /**
     * How a run went.
     *
     * @param passed whether the turn succeeded and its Bash call ended with exit code 0
     * @param totalNanos from before the request to after the result line
     * @param toolMillis what the tool calls took, sandbox creation included, as the stream says
     * @param turnMillis what the turn took, as its result says: without the request, the client and the last commit
     */
    record Outcome(boolean passed, long totalNanos, long toolMillis, long turnMillis) {
        double overheadMillis() {
            return totalNanos / 1e6 - toolMillis;
        }

        double engineMillis() {
            return turnMillis - toolMillis;
        }
    }

    /** @param script the task's, which also the prompt names */
    Outcome run(String script) throws IOException, InterruptedException {
        String body = JSON.writeValueAsString(
                Map.of("prompt", "Solve the task " + script + ".", "model", model.apply(script)));
        long began = System.nanoTime();
        HttpResponse<Stream<String>> response = http.send(
                HttpRequest.newBuilder(run)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        boolean testPassed = false;
        boolean success = false;
        long toolMillis = 0;
        long turnMillis = 0;
        try (Stream<String> lines = response.body()) {
            if (response.statusCode() != 200) {
                throw new IOException("status " + response.statusCode() + ": " + lines.toList());
            }
            for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
                JsonNode event = JSON.readTree(each.next());
                switch (event.required("type").asString()) {
                    case "tool_result" -> {
                        toolMillis += event.required("duration_ms").asLong();
                        testPassed |= event.required("tool").asString().equals("Bash")
                                && !event.required("is_error").asBoolean();
                    }
                    case "result" ->
                        success = event.required("status").asString().equals("success");
                    default -> {}
                }
            }
        }
        return new Outcome(testPassed && success, System.nanoTime() - began, toolMillis, turnMillis);
    }

    @Override
    public void close() {
        http.close();
    }
}
