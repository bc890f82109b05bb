package dev.belay.server.cloudagent;

import static dev.belay.server.cloudagent.SubagentHouse.body;
import static dev.belay.server.cloudagent.SubagentHouse.helper;
import static dev.belay.server.cloudagent.SubagentHouse.said;
import static dev.belay.server.cloudagent.SubagentHouse.sleeping;
import static dev.belay.server.cloudagent.SubagentHouse.status;
import static dev.belay.server.cloudagent.SubagentHouse.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import dev.belay.server.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What becomes of sub-agents that work when their turn ends, their server dies, or their session is copied. */
@Timeout(120)
class SubagentEndsTest {
    private static SubagentHouse house;

    @BeforeAll
    static void start(@TempDir Path data) {
        house = SubagentHouse.open(data);
    }

    @AfterAll
    static void stop() {
        house.close();
    }

    @Test
    void anInterruptEndsAllThatWork() {
        String mark = "6" + System.nanoTime() % 1_000_000;
        house.script("sleeps", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep %s"}}]}, {"text": "Slept."}]}""".formatted(mark));
        house.script("sends-three", """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": %1$s}, {"tool": "Task", "input": %1$s}, {"tool": "Task", "input": %1$s}]},
                  {"text": "All."}]}""".formatted(task("helper")));
        try (Api.Stream stream = house.api().stream("POST", "/agent/run", body("sends-three", helper("sleeps", "")))) {
            String session = stream.next().get("session_id").asString();
            await().until(() -> sleeping(mark) == 3);

            long began = System.nanoTime();
            assertThat(house.api()
                            .post("/agent/session/" + session + "/interrupt", "")
                            .status())
                    .isEqualTo(200);
            Lines rest = stream.toEnd();

            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
            assertThat(rest.result().get("status").asString()).isEqualTo("interrupted");
            assertThat(rest.of("status").stream()
                            .filter(line -> said(line).equals("subagent_finished"))
                            .map(line -> line.get("status").asString()))
                    .containsExactly("interrupted", "interrupted", "interrupted");
            assertThat(sleeping(mark)).isZero();
        }
    }

    @Test
    void aCopyOfASessionInWhichOneWaitsForLeaveHasItEnded() {
        String session = house.session("asks-once", "\"permission_mode\": \"default\", " + helper("bash", ""));
        try (Api.Stream stream =
                house.api().stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"go\"}")) {
            JsonNode ask = stream.next("permission_request");
            String fork = house.api()
                    .post("/agent/session/" + session + "/fork", "")
                    .json()
                    .get("session_id")
                    .asString();
            List<JsonNode> end = house.api().events(fork, "?after_seq=" + ask.get("seq")).all().stream()
                    .filter(line -> line.has("seq"))
                    .toList();

            assertThat(end.stream()
                            .map(line -> line.get("type").asString() + " " + said(line)
                                    + line.path("by").asString("") + " " + line.has("parent_id")))
                    .containsExactly(
                            "status forked false",
                            "permission_decision turn_end true",
                            "tool_result  true",
                            "status subagent_finished true",
                            "tool_result  false",
                            "result  false");
            house.api().post("/agent/session/" + session + "/interrupt", "");
            stream.toEnd();
        }
    }

    @Test
    void aTurnThatIsOutOfTimeEndsThemToo() {
        house.script("sleeps-long", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}]}, {"text": "Slept."}]}""");
        Lines lines = house.run("asks-once", "\"timeout_s\": 1, " + helper("sleeps-long", ""));
        assertThat(lines.result().get("status").asString()).isEqualTo("timeout");
        assertThat(status(lines, "subagent_finished").get("status").asString()).isEqualTo("timeout");
    }

    @Test
    void aForkAnImportAndARewindKeepWhatTheyDidAndTheConversationIsTheSame() {
        house.script("talks-on", """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": %s}]},
                  {"expect": "There is one.", "text": "One."},
                  {"expect": "second", "text": "Two."}]}""".formatted(task("helper")));
        String session = house.session("talks-on", helper("counts", ""));
        Lines first = house.say(session, "first");
        assertThat(first.result().get("result").asString()).isEqualTo("One.");
        List<String> told = house.events(session);

        String fork = house.api()
                .post("/agent/session/" + session + "/fork", "")
                .json()
                .get("session_id")
                .asString();
        Api.Answer export = house.api().get("/agent/session/" + session + "/export");
        String imported = house.api()
                .call("POST", "/agent/sessions/import", export.text().getBytes(StandardCharsets.UTF_8))
                .json()
                .get("session_id")
                .asString();

        for (String copy : List.of(fork, imported)) {
            assertThat(subagents(house.events(copy))).isEqualTo(subagents(told)).isNotEmpty();
            JsonNode usage = house.api().status(copy).get("usage");
            assertThat(usage.get("input_tokens").asInt()).isEqualTo(3000);
            assertThat(house.say(copy, "second").result().get("result").asString())
                    .isEqualTo("Two.");
        }
        long end = house.api().status(session).at("/history/0/events_to_seq").asLong();
        house.say(session, "second");
        assertThat(house.api()
                        .post("/agent/session/" + session + "/rewind", "{\"to_seq\": " + end + "}")
                        .status())
                .isEqualTo(200);
        assertThat(subagents(house.events(session))).isEqualTo(subagents(told));
    }

    /** What sub-agents did, but for what a copy has of its own. */
    private static List<String> subagents(List<String> lines) {
        return lines.stream()
                .map(line -> JsonMapper.shared().readTree(line))
                .filter(line -> line.has("parent_id"))
                .map(line -> line.get("seq") + " " + line.get("type") + " " + line.get("parent_id") + " "
                        + line.get("agent") + " " + line.path("content") + line.path("output"))
                .toList();
    }

    @Test
    void oneThatWorkedWhenTheServerWasKilledIsToldAsUnknownAndNotStartedAgain(@TempDir Path own) throws Exception {
        String mark = "7" + System.nanoTime() % 1_000_000;
        Files.createDirectories(own.resolve("scripts"));
        Files.writeString(own.resolve("scripts/parent.json"), """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": %1$s}, {"tool": "Task", "input": %1$s}, {"tool": "Bash", "input": {"command": "echo after"}}]},
                  {"expect": "was not made", "tool_calls": [{"tool": "Bash", "input": {"command": "cat began"}}]},
                  {"expect": "began\\nbegan\\n", "text": "Went on."}]}""".formatted(task("helper")));
        Files.writeString(own.resolve("scripts/child.json"), """
                {"price": {"input": 1, "output": 10}, "steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "echo began >> began; sleep %s"}}],
                   "usage": {"input_tokens": 1000, "output_tokens": 100}},
                  {"text": "Done."}]}""".formatted(mark));
        ServerProcess process = ServerProcess.start(own);
        String session;
        try {
            Api before = new Api(process.url(), Map.of());
            session = before.post(
                            "/agent/session",
                            "{\"options\": {\"model\": \"scripted:parent\", " + helper("child", "") + "}}")
                    .json()
                    .get("session_id")
                    .asString();
            try (Api.Stream stream =
                    before.stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"go\"}")) {
                stream.next("tool_use");
                await().until(() -> sleeping(mark) == 2);
            }
        } finally {
            process.kill();
        }
        try (RunningServer after = RunningServer.startDev(own)) {
            Api then = after.anonymous();
            await().until(() -> then.status(session).get("current_turn").isNull());
            Lines lines = then.events(session, "");

            assertThat(lines.result().get("status").asString()).isEqualTo("success");
            assertThat(lines.result().get("result").asString()).isEqualTo("Went on.");
            assertThat(lines.of("tool_result").stream()
                            .filter(line -> !line.has("parent_id"))
                            .map(line -> line.get("tool").asString() + " "
                                    + line.get("output").asString().contains("unknown"))
                            .toList())
                    .containsExactly("Task true", "Task true", "Bash false", "Bash false");
            assertThat(lines.of("status").stream()
                            .filter(line -> said(line).startsWith("subagent_"))
                            .map(line -> said(line) + " " + line.path("status").asString("")))
                    .containsExactly(
                            "subagent_started ",
                            "subagent_started ",
                            "subagent_finished interrupted",
                            "subagent_finished interrupted");
            assertThat(lines.of("tool_result").stream().filter(line -> line.has("parent_id")))
                    .as("calls of theirs that were cut")
                    .hasSize(2);
            assertThat(lines.result().at("/usage/input_tokens").asInt()).isEqualTo(2000);
            assertThat(then.status(session).at("/usage/input_tokens").asInt()).isEqualTo(2000);
        }
    }
}
