package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RawClient;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How a run streams: at once, completely, and never silent. */
class StreamTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("limits.concurrent_turns", "300"));
        api = server.api();
        server.script("slow-tool", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 8; echo slept"}}]},
                  {"text": "Done."}]}""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void piecesOfTextArriveWhileTheModelIsStillWriting() {
        server.script("writing", """
                {"steps": [{"text": ["one ", "two ", "three"], "delta_ms": 1000}]}""");
        try (Api.Stream stream = api.stream("POST", "/agent/run", """
                {"prompt": "go", "model": "scripted:writing", "stream_deltas": true}""")) {
            JsonNode first = stream.next("text_delta");

            assertThat(first.get("content").asString()).isEqualTo("one ");
            assertThat(first.has("seq")).isFalse();
            assertThat(api.status(first.get("session_id").asString())
                            .get("status")
                            .asString())
                    .isEqualTo("running");
            assertThat(stream.next("thinking").get("content").asString()).isEqualTo("one two three");
        }
    }

    @Test
    void withoutStreamDeltasThereAreNone() {
        Lines lines = api.run("""
                {"prompt": "a b c", "model": "scripted"}""");

        assertThat(lines.of("text_delta")).isEmpty();
    }

    @Test
    void twentyThousandPiecesArriveInOrderAndWithoutLoss() {
        List<String> pieces = IntStream.range(0, 20_000).mapToObj(i -> i + " ").toList();
        server.script("many", JsonMapper.shared().writeValueAsString(Map.of("steps", List.of(Map.of("text", pieces)))));

        Lines lines = api.run("""
                {"prompt": "go", "model": "scripted:many", "stream_deltas": true}""");

        String told = lines.of("text_delta").stream()
                .map(line -> line.get("content").asString())
                .collect(Collectors.joining());
        assertThat(told).isEqualTo(String.join("", pieces));
        assertThat(lines.of("text_delta")).hasSizeGreaterThan(100);
        assertThat(lines.of("thinking").getFirst().get("content").asString()).isEqualTo(told);
        assertThat(lines.result().get("status").asString()).isEqualTo("success");
    }

    /** The usage example of the design document: a flat body, and a client that gives up after five seconds of silence. */
    @Test
    void aClientThatWaitsFiveSecondsForEachByteLivesThroughAToolOfEight() {
        try (RawClient client = RawClient.to(server.url()).readTimeout(5000)) {
            client.run(server.key(), """
                    {"prompt": "Find and fix the authentication bug in src/auth.py", "sandbox_enabled": true, "max_turns": 20,
                     "model": "scripted:slow-tool"}""");

            JsonNode alive = JsonMapper.shared().readTree(client.readTo("\"message\":\"running\""));
            assertThat(alive.get("elapsed_s").asInt()).isBetween(2, 5);
            assertThat(client.readTo("tool_result")).contains("slept");
            assertThat(client.readTo("\"type\":\"result\"")).contains("\"status\":\"success\"");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "text/event-stream | text/event-stream",
                "application/json, Text/Event-Stream ; q=0.5 | text/event-stream",
                "text/event-stream;q=0 | application/x-ndjson",
                "text/event-stream; q=0.000, */* | application/x-ndjson",
                "text/event-streams | application/x-ndjson"
            })
    void serverSentEventsAreForThoseWhoAcceptThem(String accept, String type) {
        assertThat(api.with("Accept", accept)
                        .post("/agent/run", "{\"prompt\": \"hi\", \"model\": \"scripted\"}")
                        .contentType())
                .hasValueSatisfying(sent -> assertThat(sent).startsWith(type));
    }

    @Test
    void serverSentEventsCarryTheSameLines() {
        List<String> names = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        List<String> data = new ArrayList<>();
        try (Api.Stream stream = api.with("Accept", "text/event-stream").stream("POST", "/agent/run", """
                {"prompt": "hi", "model": "scripted:slow-tool"}""")) {
            assertThat(stream.response().headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/event-stream");
            for (var line = stream.nextText(); line.isPresent(); line = stream.nextText()) {
                String text = line.get();
                if (text.startsWith("event: ")) {
                    names.add(text.substring(7));
                } else if (text.startsWith("id: ")) {
                    ids.add(text.substring(4));
                } else if (text.startsWith("data: ")) {
                    data.add(text.substring(6));
                } else {
                    assertThat(text).isEmpty();
                }
            }
        }
        List<JsonNode> lines = data.stream()
                .map(text -> (JsonNode) JsonMapper.shared().readTree(text))
                .toList();
        assertThat(names).endsWith("tool_use", "status", "status", "tool_result", "thinking", "result");
        assertThat(lines).extracting(line -> line.get("type").asString()).isEqualTo(names);
        assertThat(lines.stream()
                        .filter(line -> line.has("seq"))
                        .map(line -> line.get("seq").asString()))
                .isEqualTo(ids);
        String session = lines.getFirst().get("session_id").asString();
        assertThat(data.stream().filter(text -> text.contains("\"seq\":")))
                .isEqualTo(api.events(session, "").texts());
    }

    @Test
    void hundredsOfRunsStreamSideBySide() {
        server.script("waiting", """
                {"steps": [{"text": "Here.", "delay_ms": 6000}]}""");
        List<Api.Stream> streams = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            streams.add(api.stream("POST", "/agent/run", """
                    {"prompt": "go", "model": "scripted:waiting"}"""));
        }
        try {
            streams.forEach(stream ->
                    assertThat(stream.next().get("message").asString()).isEqualTo("starting"));
            assertThat(server.anonymous().get("/metrics").text()).contains("belay_streams_open 250");
            streams.forEach(stream ->
                    assertThat(stream.next("result").get("status").asString()).isEqualTo("success"));
        } finally {
            streams.forEach(Api.Stream::close);
        }
    }

    @Test
    void moreStreamsThanAllowedAreRefusedForNow(@TempDir Path other) {
        try (RunningServer small = RunningServer.start(other, Map.of("limits.concurrent_streams", "1"))) {
            small.script("waiting", """
                    {"steps": [{"text": "Here.", "delay_ms": 60000}]}""");
            try (Api.Stream taken = small.api().stream("POST", "/agent/run", """
                    {"prompt": "go", "model": "scripted:waiting"}""")) {
                taken.next();

                Api.Answer refused = small.api().post("/agent/run", "{\"prompt\":\"hi\",\"model\":\"scripted\"}");

                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.errorCode()).isEqualTo("capacity");
                assertThat(refused.http().headers().firstValue("Retry-After")).isPresent();
            }
        }
    }

    @Test
    void moreTurnsThanAllowedAreRefusedForNow(@TempDir Path other) {
        try (RunningServer small = RunningServer.start(other, Map.of("limits.concurrent_turns", "1"))) {
            small.script("waiting", """
                    {"steps": [{"text": "Here.", "delay_ms": 60000}]}""");
            try (Api.Stream taken = small.api().stream("POST", "/agent/run", """
                    {"prompt": "go", "model": "scripted:waiting"}""")) {
                taken.next();

                assertThat(small.api()
                                .post("/agent/run", "{\"prompt\":\"hi\",\"model\":\"scripted\"}")
                                .status())
                        .isEqualTo(503);
            }
        }
    }
}
