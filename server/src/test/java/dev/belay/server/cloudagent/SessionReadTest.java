package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What can be read of a session, while it runs and afterwards. */
class SessionReadTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        api = server.api();
        server.script("works", """
                {"steps": [
                  {"text": "Looking.", "tool_calls": [{"tool": "Bash", "input": {"command": "sleep 2; echo seen"}}]},
                  {"text": "Seen."}]}""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Lines works() {
        return api.run("{\"prompt\": \"go\", \"model\": \"scripted:works\"}");
    }

    @Test
    void historyGivesTheSameBytesAsTheStreamDid() {
        Lines streamed = works();

        assertThat(api.events(streamed.session(), "").texts()).isEqualTo(streamed.durable());
    }

    @Test
    void afterSeqLeavesOutWhatWasRead() {
        Lines streamed = works();
        List<String> durable = streamed.durable();
        long third = streamed.all().stream()
                .filter(line -> line.has("seq"))
                .skip(2)
                .findFirst()
                .orElseThrow()
                .get("seq")
                .asLong();

        assertThat(api.events(streamed.session(), "?after_seq=" + third).texts())
                .isEqualTo(durable.subList(3, durable.size()));
        assertThat(api.events(streamed.session(), "?after_seq=999999").texts()).isEmpty();
    }

    @Test
    void aRunningSessionIsReadFromItsHistoryIntoWhatComes() {
        try (Api.Stream run = api.stream("POST", "/agent/run", "{\"prompt\": \"go\", \"model\": \"scripted:works\"}")) {
            String session = run.next("tool_use").get("session_id").asString();

            Lines events = api.events(session, "");

            assertThat(events.types())
                    .containsExactly("status", "thinking", "tool_use", "tool_result", "thinking", "result");
            assertThat(run.next("result")).isEqualTo(events.result());
        }
    }

    @Test
    void followFalseStopsAtWhatIsStoredNow() {
        try (Api.Stream run = api.stream("POST", "/agent/run", "{\"prompt\": \"go\", \"model\": \"scripted:works\"}")) {
            String session = run.next("tool_use").get("session_id").asString();

            assertThat(api.events(session, "?follow=false").types()).containsExactly("status", "thinking", "tool_use");
        }
    }

    @Test
    void followTrueStaysOpenAndShowsThatItLives() {
        String session = works().session();
        try (Api.Stream stream = api.stream("GET", "/agent/session/" + session + "/events?follow=true", "")) {
            stream.next("result");

            assertThat(stream.next().get("message").asString()).isEqualTo("idle");
        }
    }

    @Test
    void anEventSourceGoesOnFromItsLastEventAndIsToldWhenThereIsNoMore() {
        Lines streamed = works();
        long last = streamed.result().get("seq").asLong();
        Api events = api.with("Accept", "text/event-stream");
        String path = "/agent/session/" + streamed.session() + "/events";

        try (Api.Stream stream = events.with("Last-Event-ID", "" + (last - 1)).stream("GET", path, "")) {
            assertThat(stream.nextText()).contains("id: " + last);
            assertThat(stream.nextText()).contains("event: result");
        }
        assertThat(events.with("Last-Event-ID", "" + last).get(path).status()).isEqualTo(204);
    }

    @Test
    void theStatusOfARunningSessionNamesItsTurnAndTool() {
        try (Api.Stream run = api.stream("POST", "/agent/run", "{\"prompt\": \"go\", \"model\": \"scripted:works\"}")) {
            JsonNode call = run.next("tool_use");

            JsonNode status = api.status(call.get("session_id").asString());

            assertThat(status.get("status").asString()).isEqualTo("running");
            assertThat(status.at("/current_turn/turn_id")).isEqualTo(call.get("turn_id"));
            assertThat(status.at("/current_turn/tool").asString()).isEqualTo("Bash");
            assertThat(status.at("/history/0/status").asString()).isEqualTo("running");
        }
    }

    @Test
    void theStatusOfAFinishedSessionTellsWhatBecameOfIt() {
        Lines streamed = works();

        JsonNode status = api.status(streamed.session());

        assertThat(status.get("status").asString()).isEqualTo("idle");
        assertThat(status.get("current_turn").isNull()).isTrue();
        assertThat(status.get("turns").asInt()).isEqualTo(1);
        assertThat(Instant.parse(status.get("created_at").asString())).isBefore(Instant.now());
        JsonNode turn = status.at("/history/0");
        assertThat(turn.get("prompt").asString()).isEqualTo("go");
        assertThat(turn.get("status").asString()).isEqualTo("success");
        assertThat(turn.get("summary").asString()).isEqualTo("Seen.");
        assertThat(turn.get("events_to_seq")).isEqualTo(streamed.result().get("seq"));
        assertThat(status.get("last_seq")).isEqualTo(streamed.result().get("seq"));
    }

    @Test
    void theStatusShowsALongPromptUpToAWholeCharacter() {
        String prompt = "x".repeat(499) + "\uD83D\uDE00 and more";
        String session = api.run("{\"prompt\": \"" + prompt + "\"}").session();

        JsonNode status = api.status(session);

        assertThat(status.at("/history/0/prompt").asString()).isEqualTo("x".repeat(499) + "…");
    }

    @Test
    void theSandboxOfARunGoesWhenItWasIdleForLongEnough(@TempDir Path data) {
        try (RunningServer impatient = RunningServer.start(data, Map.of("sessions.idle_s", "1"))) {
            impatient.script("looks", """
                    {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "pwd"}}]}, {"text": "Seen."}]}""");
            String session = impatient
                    .api()
                    .run("{\"prompt\": \"go\", \"model\": \"scripted:looks\"}")
                    .session();

            assertThat(impatient.api().status(session).get("sandbox").isNull()).isFalse();

            await().atMost(Duration.ofSeconds(20))
                    .until(() -> impatient.api().status(session).get("sandbox").isNull());
            assertThat(impatient.api().status(session).get("status").asString()).isEqualTo("hibernated");
        }
    }

    @Test
    void historyNoneLeavesTheHistoryOut() {
        String session = works().session();

        assertThat(api.get("/agent/session/" + session + "/status?history=none")
                        .json()
                        .has("history"))
                .isFalse();
        assertThat(api.get("/agent/session/" + session + "/status?history=all").status())
                .isEqualTo(422);
    }

    @ParameterizedTest
    @ValueSource(strings = {"after_seq=-1", "after_seq=x", "after_seq=99999999999999999999", "follow=maybe"})
    void aQueryThatMeansNothingIsRefused(String query) {
        String session =
                api.run("{\"prompt\": \"hi\", \"model\": \"scripted\"}").session();

        assertThat(api.get("/agent/session/" + session + "/events?" + query).status())
                .isEqualTo(422);
    }

    @Test
    void aLastEventThatMeansNothingIsRefusedAlsoWhereItWouldNotCount() {
        String session =
                api.run("{\"prompt\": \"hi\", \"model\": \"scripted\"}").session();

        assertThat(api.with("Last-Event-ID", "x")
                        .get("/agent/session/" + session + "/events?after_seq=1")
                        .errorField())
                .isEqualTo("Last-Event-ID");
    }
}
