package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Conversations that grow too long, as a client sees them. */
class CompactionApiTest {
    private static final String LONG = "A long story. ".repeat(3000);

    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("compaction.keep_turns", "1"));
        api = server.api();
        server.script("long", """
            {"context_tokens": 30000, "steps": [
              {"text": "%s"}, {"text": "%s"}, {"text": "%s"}, {"text": "Still here."}]}\
            """.formatted(LONG, LONG, LONG));
        server.script("short", """
            {"steps": [{"text": "Hello."}, {"text": "%s"}, {"text": "On."}]}\
            """.formatted(LONG));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String session(String script) {
        return create("{\"model\": \"scripted:" + script + "\"}");
    }

    private static String create(String body) {
        return api.post("/agent/session", body).json().get("session_id").asString();
    }

    private static Lines say(String session, String body) {
        try (Api.Stream stream = api.stream("POST", "/agent/session/" + session + "/message", body)) {
            return stream.toEnd();
        }
    }

    @Test
    void aStreamSaysWhatASummaryStandsForAndTheEventsAreStillThere() {
        String session = session("long");
        for (int i = 0; i < 3; i++) {
            say(session, "{\"prompt\": \"story " + i + "\", \"pin\": true}");
        }

        Lines last = say(session, "{\"prompt\": \"and?\"}");

        assertThat(last.result().get("result").asString()).isEqualTo("Still here.");
        JsonNode compacted = api.events(session, "").of("status").stream()
                .filter(line -> line.get("message").asString().equals("compacted"))
                .findFirst()
                .orElseThrow();
        assertThat(compacted.get("tokens_after").asLong())
                .isLessThan(compacted.get("tokens_before").asLong());
        assertThat(compacted.get("from_seq").asLong())
                .isPositive()
                .isLessThan(compacted.get("to_seq").asLong());
        assertThat(api.events(session, "").of("thinking"))
                .as("nothing that was said is gone")
                .hasSize(4);
    }

    @Test
    void aSessionIsCompactedOnRequestAndSaysSoIfThereIsNothingToGain() {
        String session = session("short");
        say(session, "{\"prompt\": \"hi\"}");

        JsonNode nothing = compact(session);
        assertThat(nothing.get("compacted").asBoolean()).isFalse();
        assertThat(nothing.get("reason").asString()).contains("smaller");
        assertThat(nothing.get("tokens_after")).isEqualTo(nothing.get("tokens_before"));

        say(session, "{\"prompt\": \"a story\"}");
        JsonNode done = compact(session);
        assertThat(done.get("compacted").asBoolean()).isTrue();
        assertThat(done.get("tokens_after").asLong())
                .isLessThan(done.get("tokens_before").asLong() / 2);
        assertThat(say(session, "{\"prompt\": \"go on\"}")
                        .result()
                        .get("result")
                        .asString())
                .isEqualTo("On.");
    }

    @Test
    void whatASubagentSaidToItselfNeitherCountsNorIsLost() {
        server.script("leads", """
            {"steps": [{"tool_calls": [{"tool": "Task", "input": %s}]}, {"text": "Reported."}, {"text": "%s"}, {"text": "On."}]}\
            """.formatted(SubagentHouse.task("helper"), LONG));
        server.script("wordy", """
            {"steps": [{"text": "%s", "tool_calls": [{"tool": "Bash", "input": {"command": "echo 1"}}]}, {"text": "There is one."}]}\
            """.formatted(LONG));
        String session =
                create("{\"options\": {\"model\": \"scripted:leads\", " + SubagentHouse.helper("wordy", "") + "}}");

        assertThat(SubagentHouse.answer(say(session, "{\"prompt\": \"count\"}"))
                        .get("output")
                        .asString())
                .contains("There is one.");
        JsonNode before = compact(session);
        assertThat(before.get("compacted").asBoolean()).isFalse();
        assertThat(before.get("tokens_before").asLong())
                .as("the sub-agent's story is not in it")
                .isLessThan(LONG.length() / 8);
        say(session, "{\"prompt\": \"a story\"}");
        assertThat(compact(session).get("compacted").asBoolean()).isTrue();

        assertThat(say(session, "{\"prompt\": \"go on\"}")
                        .result()
                        .get("result")
                        .asString())
                .isEqualTo("On.");
        assertThat(api.events(session, "").of("thinking"))
                .filteredOn(line -> line.has("parent_id"))
                .as("what it said is still there")
                .hasSize(2);
    }

    @Test
    void aSessionThatMayCallAServersToolsIsCompactedWithoutTheServer() {
        String session = create("""
                {"options": {"model": "scripted:short", "allowed_tools": ["Read", "mcp__files__read"],
                  "mcp_servers": {"files": {"command": "no-such-server"}}}}""");

        assertThat(compact(session).get("reason").asString()).contains("nothing was said");
    }

    private static JsonNode compact(String session) {
        return api.post("/agent/session/" + session + "/compact", "{}").json();
    }

    @Test
    void whatIsSaidToARunningTurnCannotBePinned() {
        assertThat(api.post(
                                "/agent/session/" + session("short") + "/message",
                                "{\"prompt\": \"x\", \"pin\": true, \"steer\": true}")
                        .errorField())
                .isEqualTo("pin");
    }
}
