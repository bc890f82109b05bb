package dev.belay.server.cloudagent;

import static dev.belay.server.cloudagent.SubagentHouse.answer;
import static dev.belay.server.cloudagent.SubagentHouse.body;
import static dev.belay.server.cloudagent.SubagentHouse.helper;
import static dev.belay.server.cloudagent.SubagentHouse.said;
import static dev.belay.server.cloudagent.SubagentHouse.status;
import static dev.belay.server.cloudagent.SubagentHouse.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An agent that hands tasks to others: they work beside each other, within what it may, and only their answers come back to it. */
@Timeout(120)
class SubagentsTest {
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
    void whatASubagentDoesIsToldWithTheCallThatStartedIt() {
        Lines lines = house.run("leads", helper("counts", ""));

        JsonNode task = lines.of("tool_use").getFirst();
        List<JsonNode> its = lines.all().stream()
                .filter(line -> line.has("parent_id") || line.has("agent"))
                .toList();
        assertThat(its).allSatisfy(line -> {
            assertThat(line.get("parent_id")).isEqualTo(task.get("id"));
            assertThat(line.get("agent").asString()).isEqualTo("helper");
            assertThat(line.get("turn_id")).isEqualTo(task.get("turn_id"));
        });
        assertThat(its.stream().map(line -> line.get("type").asString() + " " + said(line)))
                .containsExactly(
                        "status subagent_started",
                        "tool_use ",
                        "tool_result ",
                        "thinking ",
                        "status subagent_finished");
        assertThat(status(lines, "subagent_started").get("model").asString()).isEqualTo("scripted:counts");
        assertThat(lines.all().stream()
                        .map(line -> line.path("id").asString())
                        .filter(id -> !id.isEmpty())
                        .distinct())
                .as("ids are different, whoever calls")
                .hasSize(2);
        JsonNode answer = answer(lines);
        assertThat(answer.has("parent_id")).isFalse();
        assertThat(answer.get("id")).isEqualTo(task.get("id"));
        assertThat(answer.get("output").asString()).isEqualTo("There is one.");
        assertThat(lines.of("result")).singleElement().isEqualTo(lines.all().getLast());
        assertThat(lines.result().get("result").asString()).isEqualTo("Reported.");
        assertThat(house.api().events(lines.session(), "").durable()).isEqualTo(lines.durable());
    }

    @Test
    void whatItUsedIsCountedOnceInTheTurn() {
        Lines lines = house.run("leads", helper("counts", ""));

        JsonNode its = status(lines, "subagent_finished");
        assertThat(its.get("status").asString()).isEqualTo("success");
        assertThat(its.get("turns").asInt()).isEqualTo(2);
        assertThat(its.at("/usage/input_tokens").asInt()).isEqualTo(3000);
        assertThat(its.get("cost_usd").decimalValue()).isEqualByComparingTo("0.006");
        JsonNode result = lines.result();
        assertThat(result.get("turns").asInt()).isEqualTo(2);
        assertThat(result.at("/usage/input_tokens").asInt()).isEqualTo(3300);
        assertThat(result.at("/usage/output_tokens").asInt()).isEqualTo(330);
        assertThat(result.get("cost_usd").decimalValue()).isEqualByComparingTo("0.0066");
        JsonNode status = house.api().status(lines.session());
        assertThat(status.at("/usage/input_tokens").asInt()).isEqualTo(3300);
        assertThat(status.at("/budget/spent_usd").decimalValue()).isEqualByComparingTo("0.0066");
        JsonNode usage = house.api()
                .get("/agent/usage?by=session")
                .json()
                .get("rows")
                .valueStream()
                .filter(row -> row.get("session_id").asString().equals(lines.session()))
                .findFirst()
                .orElseThrow();
        assertThat(usage.get("turns").asInt()).isEqualTo(1);
        assertThat(usage.get("model_calls").asInt()).isEqualTo(4);
        assertThat(usage.get("input_tokens").asInt()).isEqualTo(3300);
        assertThat(usage.get("cost_usd").decimalValue()).isEqualByComparingTo("0.0066");
    }

    @Test
    void itHasNoMoreToolsThanItsDefinitionAndItsStarterHave() {
        assertThat(house.run(
                                "asks-once",
                                helper("bash", ", \"tools\": [\"Read\", \"Bash\"], \"disallowed_tools\": [\"Bash\"]"))
                        .of("tool_result")
                        .getFirst()
                        .get("output")
                        .asString())
                .isEqualTo("There is no tool \"Bash\" here. The tools are: Read.");
        assertThat(house.run(
                                "asks-once",
                                "\"allowed_tools\": [\"Task\", \"Read\"], "
                                        + helper("bash", ", \"tools\": [\"Read\", \"Bash\"]"))
                        .of("tool_result")
                        .getFirst()
                        .get("output")
                        .asString())
                .isEqualTo("There is no tool \"Bash\" here. The tools are: Read.");
        assertThat(house.run("asks-once", "\"allowed_tools\": [\"Task\", \"Bash(git *)\"], " + helper("bash", ""))
                        .of("tool_result")
                        .getFirst()
                        .get("output")
                        .asString())
                .contains("Bash(git *)");
        assertThat(house.run("asks-once", "\"allowed_tools\": [\"Read\"], " + helper("bash", ""))
                        .of("tool_result")
                        .getFirst()
                        .get("output")
                        .asString())
                .isEqualTo("There is no tool \"Task\" here. The tools are: Read.");
    }

    @Test
    void itStartsNoOthersAndAnUnknownOneIsNotStarted() {
        house.script("nests", """
                {"steps": [{"tool_calls": [{"tool": "Task", "input": %s}]}, {"text": "Nested."}]}""".formatted(task("helper")));
        Lines lines = house.run("asks-once", helper("nests", ""));
        assertThat(lines.of("tool_result").getFirst().get("output").asString())
                .startsWith("There is no tool \"Task\" here.");
        assertThat(answer(lines).get("output").asString()).isEqualTo("Nested.");

        JsonNode unknown = answer(house.run("asks-once", "\"agents\": {}"));
        assertThat(unknown.get("is_error").asBoolean()).isTrue();
        assertThat(unknown.get("output").asString())
                .isEqualTo("There is no agent \"helper\". The agents are: general-purpose.");
    }

    @Test
    void oneThatDoesNotComeToItsEndIsAnErrorThatItsStarterGoesOnWith() {
        Lines lines = house.run("asks-once", helper("bash", ", \"max_turns\": 1"));
        assertThat(answer(lines).get("is_error").asBoolean()).isTrue();
        assertThat(answer(lines).get("output").asString()).contains("max_turns");
        assertThat(status(lines, "subagent_finished").get("status").asString()).isEqualTo("max_turns");
        assertThat(lines.result().get("status").asString()).isEqualTo("success");

        Lines tooDear = house.run("leads", helper("counts", ", \"max_budget_usd\": 0.003"));
        JsonNode its = status(tooDear, "subagent_finished");
        assertThat(its.get("status").asString()).isEqualTo("budget_exceeded");
        assertThat(its.at("/error/message").asString()).contains("agents.helper.max_budget_usd");
        assertThat(its.get("turns").asInt()).isEqualTo(1);
    }

    @Test
    void theGeneralOneIsThereWithoutBeingDefined() {
        house.script("delegates", """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": {"description": "say", "prompt": "go"}}]},
                  {"text": "Said."}]}""");
        Lines lines = house.api().run("{\"prompt\": \"go\", \"model\": \"scripted:delegates\"}");
        // It plays the script of its starter, from the beginning, and has no Task.
        assertThat(status(lines, "subagent_started").get("agent").asString()).isEqualTo("general-purpose");
        assertThat(answer(lines).get("output").asString()).isEqualTo("Said.");
    }

    @Test
    void thoseOfOneAnswerWorkAtOnceWithWhateverElseOnlyReads() {
        for (String[] pair : new String[][] {{"a", "b"}, {"b", "a"}}) {
            house.script("meets-" + pair[0], """
                    {"steps": [
                      {"tool_calls": [{"tool": "Bash", "input": {"command": "touch %s; until [ -e %s ]; do sleep 0.02; done; echo met"}}]},
                      {"expect": "met", "text": "Met."}]}""".formatted(pair[0], pair[1]));
        }
        house.script("sends-two", """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": %s}, {"tool": "Glob", "input": {"pattern": "*"}}, {"tool": "Task", "input": %s}]},
                  {"text": "Both."}]}""".formatted(task("a"), task("b")));
        String agent = "{\"description\": \"Meets.\", \"prompt\": \"Meet.\", \"model\": \"scripted:meets-%s\"}";

        Lines lines = house.run(
                "sends-two",
                "\"timeout_s\": 60, \"agents\": {\"a\": " + agent.formatted("a") + ", \"b\": " + agent.formatted("b")
                        + "}");

        assertThat(lines.result().get("status").asString()).isEqualTo("success");
        assertThat(lines.of("tool_result").stream()
                        .filter(line -> line.get("tool").asString().equals("Task"))
                        .map(line -> line.get("output").asString()))
                .containsExactly("Met.", "Met.");
    }

    @Test
    void itAsksForLeaveWhereItsStarterWould() {
        try (Api.Stream stream = house.api().stream(
                "POST", "/agent/run", body("asks-once", "\"permission_mode\": \"default\", " + helper("bash", "")))) {
            JsonNode task = stream.next("tool_use");
            JsonNode call = stream.next("tool_use");
            JsonNode ask = stream.next("permission_request");
            assertThat(ask.get("tool_use_id")).isEqualTo(call.get("id"));
            assertThat(ask.get("parent_id")).isEqualTo(task.get("id"));
            String path = "/agent/session/" + ask.get("session_id").asString() + "/permissions/"
                    + ask.get("id").asString();
            assertThat(house.api().post(path, "{\"behavior\": \"allow\"}").status())
                    .isEqualTo(200);
            assertThat(stream.next("permission_decision").get("parent_id")).isEqualTo(task.get("id"));
            assertThat(stream.next("tool_result").get("output").asString()).isEqualTo("ran\n");
            assertThat(stream.next("result").get("status").asString()).isEqualTo("success");
            assertThat(house.api().post(path, "{\"behavior\": \"allow\"}").status())
                    .as("also when nobody waits")
                    .isEqualTo(200);
        }
    }

    @Test
    void aDenialIsItsOwnAndMayEndTheTurn() {
        Lines denied = house.run("asks-once", "\"permissions\": {\"deny\": [\"Bash\"]}, " + helper("bash", ""));
        assertThat(denied.result().get("status").asString()).isEqualTo("success");
        assertThat(denied.result().at("/permission_denials/0/tool_name").asString())
                .isEqualTo("Bash");
        Lines planned = house.run("asks-once", helper("bash", ", \"permission_mode\": \"plan\""));
        assertThat(planned.result().get("permission_denials")).hasSize(1);
        assertThat(house.run(
                                "asks-once",
                                "\"permission_mode\": \"plan\", "
                                        + helper("bash", ", \"permission_mode\": \"bypassPermissions\""))
                        .result()
                        .get("permission_denials"))
                .as("it never may more than the turn")
                .hasSize(1);

        try (Api.Stream stream = house.api().stream(
                "POST", "/agent/run", body("asks-once", "\"permission_mode\": \"default\", " + helper("bash", "")))) {
            JsonNode ask = stream.next("permission_request");
            house.api()
                    .post(
                            "/agent/session/" + ask.get("session_id").asString() + "/permissions/"
                                    + ask.get("id").asString(),
                            "{\"behavior\": \"deny\", \"interrupt\": true}");
            assertThat(stream.next("result").get("status").asString()).isEqualTo("interrupted");
        }
    }

    @Test
    void itsInterpretersAndItsListAreItsOwnAndItsFilesAreNot() {
        house.script("remembers", """
                {"steps": [
                  {"tool_calls": [
                    {"tool": "mcp__sandbox__execute_code", "input": {"code": "x = 41; open('shared', 'w').write('seen')"}},
                    {"tool": "TodoWrite", "input": {"todos": [{"content": "mine", "status": "pending"}]}}]},
                  {"tool_calls": [{"tool": "Task", "input": %s}]},
                  {"expect": "Looked.", "tool_calls": [{"tool": "mcp__sandbox__execute_code", "input": {"code": "print(x + 1)"}}]},
                  {"expect": "42", "text": "Kept."}]}""".formatted(task("helper")));
        house.script("looks", """
                {"steps": [
                  {"tool_calls": [{"tool": "mcp__sandbox__execute_code", "input": {"code": "print(open('shared').read()); print(x)"}}]},
                  {"expect": "NameError", "tool_calls": [{"tool": "mcp__sandbox__execute_code", "input": {"code": "x = 7"}}]},
                  {"text": "Looked."}]}""");
        Lines lines = house.run("remembers", helper("looks", ""));
        assertThat(lines.result().get("result").asString()).isEqualTo("Kept.");
        assertThat(lines.texts().toString()).contains("seen");
    }

    @Test
    void aCommandInTheBackgroundAndASubagentAreAccountedForInOneResult() {
        house.script("background", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 0.1; echo late > late", "run_in_background": true}},
                     {"tool": "Task", "input": %s}]},
                  {"expect": "There is one.", "tool_calls": [{"tool": "Bash", "input": {"command": "until [ -e late ]; do sleep 0.02; done; cat late"}}]},
                  {"expect": "late", "text": "Both."}]}""".formatted(task("helper")));
        Lines lines = house.run("background", "\"background_tasks\": false, " + helper("counts", ""));
        assertThat(lines.of("result")).hasSize(1);
        assertThat(lines.all().getLast()).isEqualTo(lines.result());
        assertThat(lines.result().get("result").asString()).isEqualTo("Both.");
        assertThat(lines.result().at("/usage/input_tokens").asInt()).isEqualTo(3000);
    }
}
