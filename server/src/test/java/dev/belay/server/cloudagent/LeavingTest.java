package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RawClient;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What becomes of a run whose client leaves, or does not read. */
class LeavingTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("limits.reattach_s", "2", "limits.connection_idle_s", "10"));
        api = server.api();
        server.script("talks", script(Map.of("text", Collections.nCopies(2000, "word "), "delta_ms", 50)));
        server.script("talks-briefly", script(Map.of("text", Collections.nCopies(60, "word "), "delta_ms", 50)));
        server.script("silent", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 60"}}]}, {"text": "Done."}]}""");
        // More on the wire than the kernel holds back for a reader, no faster than one reads that does; then more at
        // once.
        List<Object> steps = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int piece = (i < 3 ? 8 : 64) << 10;
            steps.add(Map.of(
                    "text",
                    Collections.nCopies((2 << 20) / piece, "x".repeat(piece)),
                    "delta_ms",
                    i < 3 ? 2 : 0,
                    "tool_calls",
                    List.of(Map.of("tool", "TodoWrite", "input", Map.of("todos", List.of())))));
        }
        steps.add(Map.of("text", "Done."));
        server.script("floods", JsonMapper.shared().writeValueAsString(Map.of("steps", steps)));
        steps.add(5, Map.of("tool_calls", List.of(Map.of("tool", "Bash", "input", Map.of("command", "sleep 5")))));
        server.script("floods-and-works", JsonMapper.shared().writeValueAsString(Map.of("steps", steps)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String script(Map<String, Object> step) {
        return JsonMapper.shared().writeValueAsString(Map.of("steps", List.of(step)));
    }

    private static String turnStatus(String session) {
        return api.status(session).at("/history/0/status").asString();
    }

    @Test
    void aClientThatLeavesWhileEventsFlowCancelsTheRun() {
        String session;
        try (RawClient client = RawClient.to(server.url())) {
            session = client.run(server.key(), """
                    {"prompt": "go", "model": "scripted:talks", "stream_deltas": true}""").session();
            client.readTo("text_delta");
        }

        await().atMost(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(turnStatus(session)).isEqualTo("cancelled"));
        assertThat(api.events(session, "").result().get("status").asString()).isEqualTo("cancelled");
    }

    @Test
    void aClientThatLeavesASilentStreamCancelsTheRun() {
        String session;
        try (RawClient client = RawClient.to(server.url())) {
            session = client.run(server.key(), """
                    {"prompt": "go", "model": "scripted:silent"}""").session();
            client.readTo("tool_use");
        }

        await().atMost(Duration.ofSeconds(8))
                .untilAsserted(() -> assertThat(turnStatus(session)).isEqualTo("cancelled"));
    }

    @Test
    void aRunThatWasAskedToDetachGoesOn() {
        String session;
        try (RawClient client = RawClient.to(server.url())) {
            session = client.run(server.key(), """
                    {"prompt": "go", "model": "scripted:talks-briefly", "stream_deltas": true, "detach": true}""").session();
            client.readTo("text_delta");
        }

        assertThat(api.events(session, "").result().get("status").asString()).isEqualTo("success");
    }

    @Test
    void leavingASessionsEventsCancelsNothing() {
        try (Api.Stream run = api.stream("POST", "/agent/run", """
                {"prompt": "go", "model": "scripted:talks-briefly", "stream_deltas": true}""")) {
            String session = run.next().get("session_id").asString();
            try (RawClient watcher = RawClient.to(server.url())) {
                watcher.send(
                                "GET /agent/session/" + session + "/events",
                                "",
                                "Host: localhost",
                                "X-API-Key: " + server.key())
                        .readTo("text_delta");
            }

            assertThat(run.next("result").get("status").asString()).isEqualTo("success");
        }
    }

    @Test
    void aRunWithAnIdempotencyKeyLivesOnForAWhileAndCanBeJoinedAgain() {
        String body = "{\"prompt\": \"go\", \"model\": \"scripted:talks-briefly\", \"stream_deltas\": true}";
        String session;
        try (RawClient client = RawClient.to(server.url())) {
            session =
                    client.run(server.key(), body, "Idempotency-Key: come-back").session();
            client.readTo("text_delta");
        }

        Lines lines = api.with("Idempotency-Key", "come-back").run(body);

        assertThat(lines.session()).isEqualTo(session);
        assertThat(lines.result().get("status").asString()).isEqualTo("success");
        assertThat(lines.durable()).isEqualTo(api.events(session, "").durable());
    }

    @Test
    void aRunWithAnIdempotencyKeyThatNobodyComesBackForIsCancelled() {
        String session;
        try (RawClient client = RawClient.to(server.url())) {
            session = client.run(server.key(), """
                    {"prompt": "go", "model": "scripted:talks", "stream_deltas": true}""", "Idempotency-Key: gone").session();
            client.readTo("text_delta");
        }

        // Two seconds to notice that it left, two in which it could come back.
        await().during(Duration.ofSeconds(1))
                .atMost(Duration.ofSeconds(2))
                .until(() -> turnStatus(session).equals("running"));
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(turnStatus(session)).isEqualTo("cancelled"));
    }

    @Test
    void aClientThatStopsReadingNeitherStopsNorSlowsItsRun() {
        try (RawClient client = new RawClient(server.url(), 4096)) {
            String session = client.run(server.key(), """
                    {"prompt": "go", "model": "scripted:floods", "stream_deltas": true}""").session();

            await().atMost(Duration.ofSeconds(8))
                    .until(() -> turnStatus(session).equals("success"));
            assertThat(api.events(session, "").of("thinking")).hasSize(6);
            // The connection takes nothing for ten seconds and is closed; until then it holds its place among the
            // streams.
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> server.anonymous().get("/metrics").text().contains("belay_streams_open 0"));
            assertThat(turnStatus(session)).isEqualTo("success");
        }
    }

    @Test
    void aReaderThatFellBehindGetsTheEventsWithoutTheDeltasIfTheRunIsOver() {
        try (RawClient client = RawClient.to(server.url())) {
            String session = client.run(server.key(), """
                    {"prompt": "go", "model": "scripted:floods", "stream_deltas": true}""").session();
            await().atMost(Duration.ofSeconds(8))
                    .until(() -> turnStatus(session).equals("success"));

            assertThat(client.readTo("\"type\":\"result\"")).contains("success");
        }
    }

    @Test
    void aReaderThatFellBehindWhileTheRunGoesOnIsCutWithAPlaceToGoOnFrom() {
        try (RawClient client = RawClient.to(server.url())) {
            String session = client.run(server.key(), """
                    {"prompt": "go", "model": "scripted:floods-and-works", "stream_deltas": true}""").session();
            await().atMost(Duration.ofSeconds(8))
                    .until(() -> api.status(session)
                            .at("/current_turn/tool")
                            .asString("")
                            .equals("Bash"));

            JsonNode last = JsonMapper.shared().readTree(client.readTo("resume_after"));
            Lines rest =
                    api.events(session, "?after_seq=" + last.get("resume_after").asLong());

            assertThat(last.get("message").asString()).contains("too slow");
            assertThat(rest.types()).containsExactly("tool_result", "text_delta", "thinking", "result");
            assertThat(rest.result().get("status").asString()).isEqualTo("success");
        }
    }
}
