package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.Permission;
import dev.belay.server.Api;
import dev.belay.server.RunningServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.SocketClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Row WebSocket of the contract (Cloud Agent 5), and the WebSocket part of row interrupt. */
class SocketTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("limits.body_bytes", "65536"));
        api = server.api();
        server.script("two", """
                {"steps": [
                  {"text": ["One", " moment."], "tool_calls": [{"tool": "TodoWrite", "input": {"todos": []}}]},
                  {"text": "First."}, {"text": "Second."}, {"text": "Third."}]}""");
        server.script("waits", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}]}, {"text": "On."}, {"text": "Again."}]}""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String session(String script) {
        return api.post(
                        "/agent/session",
                        "{\"options\": {\"model\": \"scripted:" + script + "\", \"stream_deltas\": true}}")
                .json()
                .get("session_id")
                .asString();
    }

    private static SocketClient open(String query) {
        SocketClient client = SocketClient.open(server.url(), query, "Authorization: Bearer " + server.key());
        assertThat(client.statusLine()).contains(" 101 ");
        return client;
    }

    private static SocketClient open(String session, long after) {
        return open("?session_id=" + session + "&after_seq=" + after);
    }

    /** The texts up to the result, as they were sent. */
    private static List<String> toResult(SocketClient client) {
        List<String> texts = new ArrayList<>();
        while (texts.isEmpty() || !texts.getLast().contains("\"type\":\"result\"")) {
            texts.add(client.nextText().orElseThrow());
        }
        return texts;
    }

    @Test
    void aSessionIsSpokenToOverASocketAndTellsTheSameBytesAsEverywhere() {
        String session = session("two");
        try (SocketClient client = open("?session_id=" + session)) {
            JsonNode connected = client.status("connected");
            assertThat(connected.get("state").asString()).isEqualTo("created");
            assertThat(connected.get("last_seq").asLong()).isEqualTo(1);

            client.send("{\"type\": \"message\", \"prompt\": \"go\", \"client_id\": \"c-1\"}");
            List<String> told = toResult(client);

            JsonNode accepted = JsonMapper.shared()
                    .readTree(told.stream()
                            .filter(text -> text.contains("\"accepted\""))
                            .findFirst()
                            .orElseThrow());
            assertThat(accepted.get("client_id").asString()).isEqualTo("c-1");
            assertThat(accepted.get("turn_id").asString())
                    .isEqualTo(api.status(session).at("/history/0/turn_id").asString());
            assertThat(told).anyMatch(text -> text.contains("\"text_delta\""));
            assertThat(told.stream().filter(text -> text.contains("\"seq\":")))
                    .isEqualTo(api.events(session, "").texts());
        }
    }

    @Test
    void whoComesBackWithThePositionGetsTheRest() {
        String session = session("two");
        try (SocketClient client = open("?session_id=" + session)) {
            client.send("{\"type\": \"message\", \"prompt\": \"go\"}");
            toResult(client);
        }
        List<String> all = api.events(session, "").texts();
        long third = JsonMapper.shared().readTree(all.get(2)).get("seq").asLong();
        try (SocketClient client = open(session, third)) {
            client.status("connected");

            assertThat(toResult(client)).isEqualTo(all.subList(3, all.size()));
        }
    }

    @Test
    void withoutASessionThereIsANewOne() {
        try (SocketClient client = open("")) {
            String session = client.status("connected").get("session_id").asString();
            client.send("{\"type\": \"message\", \"prompt\": \"hello\", \"options\": {\"model\": \"scripted\"}}");

            assertThat(client.next("result").get("result").asString()).isEqualTo("hello");
            assertThat(api.status(session).get("status").asString()).isEqualTo("idle");
        }
    }

    @Test
    void aTurnIsInterruptedAndTheSessionGoesOn() {
        String session = session("waits");
        try (SocketClient client = open("?session_id=" + session);
                SocketClient other = open("?session_id=" + session)) {
            client.send("{\"type\": \"message\", \"prompt\": \"go\"}");
            other.next("tool_use");
            other.send("{\"type\": \"message\", \"prompt\": \"and\"}");
            assertThat(other.next("error").get("code").asString()).isEqualTo("session_busy");
            other.send("{\"type\": \"message\", \"prompt\": \"later\", \"queue\": true}");
            other.status("accepted");
            other.send("{\"type\": \"interrupt\"}");
            other.status("interrupting");

            assertThat(client.next("result").get("status").asString()).isEqualTo("interrupted");
            assertThat(client.next("result").get("result").asString()).isEqualTo("On.");
            assertThat(other.next("result").get("status").asString()).isEqualTo("interrupted");
            client.send("{\"type\": \"interrupt\"}");
            assertThat(client.next("error").get("code").asString()).isEqualTo("not_running");
            client.send("{\"type\": \"message\", \"prompt\": \"again\"}");
            assertThat(client.next("result").get("result").asString()).isEqualTo("Again.");
        }
    }

    @Test
    void aMessageThatComesTwiceUnderOneClientIdRunsOnce() {
        String session = session("two");
        String message = "{\"type\": \"message\", \"prompt\": \"go\", \"client_id\": \"the-one\"}";
        String turn;
        try (SocketClient client = open("?session_id=" + session)) {
            client.send(message);
            turn = client.status("accepted").get("turn_id").asString();
            client.next("result");
        }
        try (SocketClient client = open("?session_id=" + session)) {
            client.send(message);

            assertThat(client.status("accepted").get("turn_id").asString()).isEqualTo(turn);
            client.send("{\"type\": \"message\", \"prompt\": \"other\", \"client_id\": \"the-one\"}");
            JsonNode refused = client.next("error");
            assertThat(refused.get("code").asString()).isEqualTo("idempotency_mismatch");
            assertThat(refused.get("client_id").asString()).isEqualTo("the-one");
        }
        assertThat(api.status(session).get("turns").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | malformed_request",
                "[] | malformed_request",
                "{} | invalid_request",
                "{\"type\": \"sing\"} | invalid_request",
                "{\"type\": \"message\"} | invalid_request",
                "{\"type\": \"message\", \"prompt\": \"x\", \"options\": {\"working_dir\": \"/workspace\"}} | invalid_request",
                "{\"type\": \"message\", \"prompt\": \"x\", \"more\": 1} | invalid_request",
                "{\"type\": \"permission_response\", \"id\": \"x\", \"behavior\": \"allow\"} | not_found"
            })
    void aBadFrameIsAnsweredAndTheSocketStaysOpen(String frame, String code) {
        try (SocketClient client = open("")) {
            client.send(frame);

            assertThat(client.next("error").get("code").asString()).isEqualTo(code);
            client.send("{\"type\": \"ping\"}");
            assertThat(client.next("pong")).hasSize(1);
        }
    }

    @Test
    void aFrameThatIsTooLargeOrNoTextEndsTheSocket() {
        try (SocketClient client = open("")) {
            client.frame(1, "x".repeat(70_000).getBytes());
            assertThat(client.closed().code()).isEqualTo(1009);
        }
        try (SocketClient client = open("")) {
            client.frame(2, new byte[10]);
            assertThat(client.closed().code()).isEqualTo(1003);
        }
    }

    @Test
    void aKeyComesInAHeaderOrAsABrowsersSubprotocol() {
        String ask = "?session_id=" + session("two");
        try (SocketClient header = SocketClient.open(server.url(), ask, "X-API-Key: " + server.key());
                SocketClient browser = SocketClient.open(
                        server.url(),
                        ask,
                        "Origin: https://app.example.com",
                        "Sec-WebSocket-Protocol: belay, belay.key." + server.key());
                SocketClient none = SocketClient.open(server.url(), ask);
                SocketClient wrong =
                        SocketClient.open(server.url(), ask, "Sec-WebSocket-Protocol: belay, belay.key.blk_nothing")) {
            assertThat(header.statusLine()).contains(" 101 ");
            assertThat(browser.statusLine()).contains(" 101 ");
            assertThat(browser.protocol()).isEqualTo("belay");
            assertThat(none.statusLine()).contains(" 401 ");
            assertThat(wrong.statusLine()).contains(" 401 ");
        }
    }

    @Test
    void aKeyThatMayOnlyReadWatches() {
        String read = server.key(server.defaultWorkspace(), "reader", Set.of(Permission.READ))
                .secret();
        try (SocketClient client =
                SocketClient.open(server.url(), "?session_id=" + session("two"), "X-API-Key: " + read)) {
            client.status("connected");
            client.send("{\"type\": \"message\", \"prompt\": \"go\"}");
            assertThat(client.next("error").get("code").asString()).isEqualTo("forbidden");
            client.send("{\"type\": \"interrupt\"}");
            assertThat(client.next("error").get("code").asString()).isEqualTo("forbidden");
        }
        try (SocketClient client = SocketClient.open(server.url(), "", "X-API-Key: " + read)) {
            assertThat(client.statusLine()).contains(" 403 ");
        }
    }

    @Test
    void whatIsWrongWithTheHandshakeIsToldAsHttp() {
        String strangers = "?session_id=01890a5d-ac96-774b-bcce-b302099a8057";
        assertThat(api.get("/agent/ws").status()).isEqualTo(426);
        assertThat(api.get("/agent/ws").errorCode()).isEqualTo("upgrade_required");
        String key = "X-API-Key: " + server.key();
        try (SocketClient unknown = SocketClient.open(server.url(), strangers, key);
                SocketClient badCursor = SocketClient.open(server.url(), "?after_seq=x", key)) {
            assertThat(unknown.statusLine()).contains(" 404 ");
            assertThat(badCursor.statusLine()).contains(" 422 ");
        }
    }

    @Test
    void aSessionThatIsDeletedEndsItsSockets() {
        String session = session("two");
        try (SocketClient client = open("?session_id=" + session)) {
            client.status("connected");
            api.call("DELETE", "/agent/session/" + session, new byte[0]);

            client.status("deleted");
            assertThat(client.closed().code()).isEqualTo(1000);
        }
    }

    @Test
    void devModeTakesNoForeignPage(@TempDir Path other) {
        try (RunningServer dev = RunningServer.startDev(other);
                SocketClient own = SocketClient.open(dev.url(), "");
                SocketClient foreign = SocketClient.open(dev.url(), "", "Origin: https://example.com");
                SocketClient named = SocketClient.open(dev.url(), "", "Host: example.com")) {
            assertThat(own.statusLine()).contains(" 101 ");
            assertThat(foreign.statusLine()).contains(" 401 ");
            assertThat(named.statusLine()).contains(" 401 ");
        }
    }

    @Test
    void aServerThatStopsSaysWhereToGoOn(@TempDir Path other) {
        SocketClient client;
        try (RunningServer small = RunningServer.start(other)) {
            client = SocketClient.open(small.url(), "", "X-API-Key: " + small.key());
            client.status("connected");
            client.send("{\"type\": \"message\", \"prompt\": \"hello\", \"options\": {\"model\": \"scripted\"}}");
            client.next("result");
        }
        try (client) {
            assertThat(client.closed().code()).isEqualTo(1001);
        }
    }

    @Test
    void aClientThatAnswersNoPingIsGone(@TempDir Path other) {
        try (RunningServer small =
                RunningServer.start(other, Map.of("limits.connection_idle_s", "1"), Map.of(), Duration.ofMillis(500))) {
            String key = "X-API-Key: " + small.key();
            try (SocketClient live = SocketClient.open(small.url(), "", key)) {
                for (int i = 0; i < 8; i++) {
                    live.status("idle");
                }
            }
            try (SocketClient dead = SocketClient.open(small.url(), "", key).mute()) {
                while (dead.nextText().isPresent()) {}
            }
        }
    }

    @Test
    void aWatcherThatReadsNothingIsClosedWithAPositionAndTheTurnDoesNotWait(@TempDir Path other) {
        List<Object> steps = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            steps.add(Map.of(
                    "text", "x".repeat(1 << 20),
                    "tool_calls", List.of(Map.of("tool", "TodoWrite", "input", Map.of("todos", List.of())))));
        }
        steps.add(Map.of("text", "Done."));
        try (RunningServer small = RunningServer.start(
                other, Map.of("limits.connection_idle_s", "3"), Map.of(), ServerOptions.HEARTBEAT)) {
            small.script("floods", JsonMapper.shared().writeValueAsString(Map.of("steps", steps)));
            String session = small.api()
                    .post("/agent/session", "{\"model\": \"scripted:floods\"}")
                    .json()
                    .get("session_id")
                    .asString();
            String key = "X-API-Key: " + small.key();
            try (SocketClient slow = SocketClient.openNarrow(small.url(), 4096, "?session_id=" + session, key);
                    SocketClient quick = SocketClient.open(small.url(), "?session_id=" + session, key)) {
                slow.status("connected");
                quick.send("{\"type\": \"message\", \"prompt\": \"go\"}");

                assertThat(quick.next("result").get("status").asString()).isEqualTo("success");
                quick.close();
                await().untilAsserted(() ->
                        assertThat(small.anonymous().get("/metrics").text()).contains("belay_streams_open 0"));
                List<String> got = new ArrayList<>();
                for (var text = slow.nextText(); text.isPresent(); text = slow.nextText()) {
                    if (text.get().contains("\"seq\":")) {
                        got.add(text.get());
                    }
                }
                // It is told the position if it reads in time; what it has seen last is one, too.
                slow.howClosed().ifPresent(closed -> assertThat(closed.code()).isEqualTo(1013));
                long position = slow.howClosed()
                        .map(closed -> Long.parseLong(closed.reason().replaceAll(".*after_seq=", "")))
                        .orElseGet(() -> got.isEmpty()
                                ? 0
                                : JsonMapper.shared()
                                        .readTree(got.getLast())
                                        .get("seq")
                                        .asLong());
                got.addAll(small.api().events(session, "?after_seq=" + position).texts());
                List<String> all = small.api().events(session, "").texts();
                assertThat(got.stream().distinct()).isEqualTo(all);
            }
        }
    }
}
