package dev.belay.server.cloudagent;

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
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An agent that hands tasks to others: they work beside each other, within what it may, and only their answers come back to it. */
@Timeout(120)
class SubagentsTest {
    @TempDir
    static Path data;

    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = RunningServer.start(data);
        api = server.api();
        script("leads", """
                {"price": {"input": 1, "output": 10}, "steps": [
                  {"text": "Look.", "tool_calls": [{"tool": "Task", "input": %s}], "usage": {"input_tokens": 100, "output_tokens": 10}},
                  {"expect": "There is one.", "text": "Reported.", "usage": {"input_tokens": 200, "output_tokens": 20}}]}""".formatted(task("helper")));
        script("counts", """
                {"price": {"input": 1, "output": 10}, "steps": [
                  {"expect": "count them", "tool_calls": [{"tool": "Bash", "input": {"command": "echo 1"}}],
                   "usage": {"input_tokens": 1000, "output_tokens": 100}},
                  {"expect": "1", "text": "There is one.", "usage": {"input_tokens": 2000, "output_tokens": 200}}]}""");
        script("asks-once", """
                {"steps": [{"tool_calls": [{"tool": "Task", "input": %s}]}, {"text": "On."}]}""".formatted(task("helper")));
        script("bash", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "echo ran > ran; cat ran"}}]}, {"text": "Ran."}]}""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void script(String name, String json) {
        server.script(name, json);
    }

    private static String task(String agent) {
        return "{\"description\": \"count files\", \"prompt\": \"count them\", \"subagent_type\": \"" + agent + "\"}";
    }

    /** The options of a run with one sub-agent, which plays that script. */
    private static String helper(String script, String more) {
        return "\"agents\": {\"helper\": {\"description\": \"Helps.\", \"prompt\": \"You help.\", \"model\": \"scripted:"
                + script + "\"" + more + "}}";
    }

    private static String body(String script, String options) {
        return "{\"prompt\": \"go\", \"model\": \"scripted:" + script + "\", " + options + "}";
    }

    private static Lines run(String script, String options) {
        return api.run(body(script, options));
    }

    private static String said(JsonNode line) {
        return line.path("message").asString("");
    }

    private static JsonNode status(Lines lines, String message) {
        return lines.of("status").stream()
                .filter(line -> said(line).equals(message))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + message + " in " + lines.texts()));
    }

    /** The result of the first call of {@code Task}. */
    private static JsonNode answer(Lines lines) {
        return lines.of("tool_result").stream()
                .filter(line -> line.get("tool").asString().equals("Task") && !line.has("parent_id"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no answer in " + lines.texts()));
    }

    @Test
    void whatASubagentDoesIsToldWithTheCallThatStartedIt() {
        Lines lines = run("leads", helper("counts", ""));

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
        assertThat(api.events(lines.session(), "").durable()).isEqualTo(lines.durable());
    }

    @Test
    void whatItUsedIsCountedOnceInTheTurn() {
        Lines lines = run("leads", helper("counts", ""));

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
        JsonNode status = api.status(lines.session());
        assertThat(status.at("/usage/input_tokens").asInt()).isEqualTo(3300);
        assertThat(status.at("/budget/spent_usd").decimalValue()).isEqualByComparingTo("0.0066");
        JsonNode usage = api.get("/agent/usage?by=session")
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
        assertThat(run(
                                "asks-once",
                                helper("bash", ", \"tools\": [\"Read\", \"Bash\"], \"disallowed_tools\": [\"Bash\"]"))
                        .of("tool_result")
                        .getFirst()
                        .get("output")
                        .asString())
                .isEqualTo("There is no tool \"Bash\" here. The tools are: Read.");
        assertThat(run(
                                "asks-once",
                                "\"allowed_tools\": [\"Task\", \"Read\"], "
                                        + helper("bash", ", \"tools\": [\"Read\", \"Bash\"]"))
                        .of("tool_result")
                        .getFirst()
                        .get("output")
                        .asString())
                .isEqualTo("There is no tool \"Bash\" here. The tools are: Read.");
        assertThat(run("asks-once", "\"allowed_tools\": [\"Task\", \"Bash(git *)\"], " + helper("bash", ""))
                        .of("tool_result")
                        .getFirst()
                        .get("output")
                        .asString())
                .contains("Bash(git *)");
        assertThat(run("asks-once", "\"allowed_tools\": [\"Read\"], " + helper("bash", ""))
                        .of("tool_result")
                        .getFirst()
                        .get("output")
                        .asString())
                .isEqualTo("There is no tool \"Task\" here. The tools are: Read.");
    }

    @Test
    void itStartsNoOthersAndAnUnknownOneIsNotStarted() {
        script("nests", """
                {"steps": [{"tool_calls": [{"tool": "Task", "input": %s}]}, {"text": "Nested."}]}""".formatted(task("helper")));
        Lines lines = run("asks-once", helper("nests", ""));
        assertThat(lines.of("tool_result").getFirst().get("output").asString())
                .startsWith("There is no tool \"Task\" here.");
        assertThat(answer(lines).get("output").asString()).isEqualTo("Nested.");

        JsonNode unknown = answer(run("asks-once", "\"agents\": {}"));
        assertThat(unknown.get("is_error").asBoolean()).isTrue();
        assertThat(unknown.get("output").asString())
                .isEqualTo("There is no agent \"helper\". The agents are: general-purpose.");
    }

    @Test
    void oneThatDoesNotComeToItsEndIsAnErrorThatItsStarterGoesOnWith() {
        Lines lines = run("asks-once", helper("bash", ", \"max_turns\": 1"));
        assertThat(answer(lines).get("is_error").asBoolean()).isTrue();
        assertThat(answer(lines).get("output").asString()).contains("max_turns");
        assertThat(status(lines, "subagent_finished").get("status").asString()).isEqualTo("max_turns");
        assertThat(lines.result().get("status").asString()).isEqualTo("success");

        Lines tooDear = run("leads", helper("counts", ", \"max_budget_usd\": 0.003"));
        JsonNode its = status(tooDear, "subagent_finished");
        assertThat(its.get("status").asString()).isEqualTo("budget_exceeded");
        assertThat(its.at("/error/message").asString()).contains("agents.helper.max_budget_usd");
        assertThat(its.get("turns").asInt()).isEqualTo(1);
    }

    @Test
    void theGeneralOneIsThereWithoutBeingDefined() {
        script("delegates", """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": {"description": "say", "prompt": "go"}}]},
                  {"text": "Said."}]}""");
        Lines lines = api.run("{\"prompt\": \"go\", \"model\": \"scripted:delegates\"}");
        // It plays the script of its starter, from the beginning, and has no Task.
        assertThat(status(lines, "subagent_started").get("agent").asString()).isEqualTo("general-purpose");
        assertThat(answer(lines).get("output").asString()).isEqualTo("Said.");
    }

    @Test
    void thoseOfOneAnswerWorkAtOnceWithWhateverElseOnlyReads() {
        for (String[] pair : new String[][] {{"a", "b"}, {"b", "a"}}) {
            script("meets-" + pair[0], """
                    {"steps": [
                      {"tool_calls": [{"tool": "Bash", "input": {"command": "touch %s; until [ -e %s ]; do sleep 0.02; done; echo met"}}]},
                      {"expect": "met", "text": "Met."}]}""".formatted(pair[0], pair[1]));
        }
        script("sends-two", """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": %s}, {"tool": "Glob", "input": {"pattern": "*"}}, {"tool": "Task", "input": %s}]},
                  {"text": "Both."}]}""".formatted(task("a"), task("b")));
        String agent = "{\"description\": \"Meets.\", \"prompt\": \"Meet.\", \"model\": \"scripted:meets-%s\"}";

        Lines lines = run(
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
        try (Api.Stream stream = api.stream(
                "POST", "/agent/run", body("asks-once", "\"permission_mode\": \"default\", " + helper("bash", "")))) {
            JsonNode task = stream.next("tool_use");
            JsonNode call = stream.next("tool_use");
            JsonNode ask = stream.next("permission_request");
            assertThat(ask.get("tool_use_id")).isEqualTo(call.get("id"));
            assertThat(ask.get("parent_id")).isEqualTo(task.get("id"));
            String path = "/agent/session/" + ask.get("session_id").asString() + "/permissions/"
                    + ask.get("id").asString();
            assertThat(api.post(path, "{\"behavior\": \"allow\"}").status()).isEqualTo(200);
            assertThat(stream.next("permission_decision").get("parent_id")).isEqualTo(task.get("id"));
            assertThat(stream.next("tool_result").get("output").asString()).isEqualTo("ran\n");
            assertThat(stream.next("result").get("status").asString()).isEqualTo("success");
            assertThat(api.post(path, "{\"behavior\": \"allow\"}").status())
                    .as("also when nobody waits")
                    .isEqualTo(200);
        }
    }

    @Test
    void aDenialIsItsOwnAndMayEndTheTurn() {
        Lines denied = run("asks-once", "\"permissions\": {\"deny\": [\"Bash\"]}, " + helper("bash", ""));
        assertThat(denied.result().get("status").asString()).isEqualTo("success");
        assertThat(denied.result().at("/permission_denials/0/tool_name").asString())
                .isEqualTo("Bash");
        Lines planned = run("asks-once", helper("bash", ", \"permission_mode\": \"plan\""));
        assertThat(planned.result().get("permission_denials")).hasSize(1);
        assertThat(run(
                                "asks-once",
                                "\"permission_mode\": \"plan\", "
                                        + helper("bash", ", \"permission_mode\": \"bypassPermissions\""))
                        .result()
                        .get("permission_denials"))
                .as("it never may more than the turn")
                .hasSize(1);

        try (Api.Stream stream = api.stream(
                "POST", "/agent/run", body("asks-once", "\"permission_mode\": \"default\", " + helper("bash", "")))) {
            JsonNode ask = stream.next("permission_request");
            api.post(
                    "/agent/session/" + ask.get("session_id").asString() + "/permissions/"
                            + ask.get("id").asString(),
                    "{\"behavior\": \"deny\", \"interrupt\": true}");
            assertThat(stream.next("result").get("status").asString()).isEqualTo("interrupted");
        }
    }

    @Test
    void anInterruptEndsAllThatWork() {
        String mark = "6" + System.nanoTime() % 1_000_000;
        script("sleeps", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep %s"}}]}, {"text": "Slept."}]}""".formatted(mark));
        script("sends-three", """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": %1$s}, {"tool": "Task", "input": %1$s}, {"tool": "Task", "input": %1$s}]},
                  {"text": "All."}]}""".formatted(task("helper")));
        try (Api.Stream stream = api.stream("POST", "/agent/run", body("sends-three", helper("sleeps", "")))) {
            String session = stream.next().get("session_id").asString();
            await().until(() -> sleeping(mark) == 3);

            long began = System.nanoTime();
            assertThat(api.post("/agent/session/" + session + "/interrupt", "").status())
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

    private static long sleeping(String mark) {
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            return processes
                    .map(process -> process.info().arguments().orElse(new String[0]))
                    .filter(arguments -> List.of(arguments).equals(List.of(mark)))
                    .count();
        }
    }

    @Test
    void aCopyOfASessionInWhichOneWaitsForLeaveHasItEnded() {
        String session = session("asks-once", "\"permission_mode\": \"default\", " + helper("bash", ""));
        try (Api.Stream stream = api.stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"go\"}")) {
            JsonNode ask = stream.next("permission_request");
            String fork = api.post("/agent/session/" + session + "/fork", "")
                    .json()
                    .get("session_id")
                    .asString();
            List<JsonNode> end = api.events(fork, "?after_seq=" + ask.get("seq")).all().stream()
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
            api.post("/agent/session/" + session + "/interrupt", "");
            stream.toEnd();
        }
    }

    private static String session(String script, String options) {
        return api.post("/agent/session", "{\"options\": {\"model\": \"scripted:" + script + "\", " + options + "}}")
                .json()
                .get("session_id")
                .asString();
    }

    @Test
    void itsInterpretersAndItsListAreItsOwnAndItsFilesAreNot() {
        script("remembers", """
                {"steps": [
                  {"tool_calls": [
                    {"tool": "mcp__sandbox__execute_code", "input": {"code": "x = 41; open('shared', 'w').write('seen')"}},
                    {"tool": "TodoWrite", "input": {"todos": [{"content": "mine", "status": "pending"}]}}]},
                  {"tool_calls": [{"tool": "Task", "input": %s}]},
                  {"expect": "Looked.", "tool_calls": [{"tool": "mcp__sandbox__execute_code", "input": {"code": "print(x + 1)"}}]},
                  {"expect": "42", "text": "Kept."}]}""".formatted(task("helper")));
        script("looks", """
                {"steps": [
                  {"tool_calls": [{"tool": "mcp__sandbox__execute_code", "input": {"code": "print(open('shared').read()); print(x)"}}]},
                  {"expect": "NameError", "tool_calls": [{"tool": "mcp__sandbox__execute_code", "input": {"code": "x = 7"}}]},
                  {"text": "Looked."}]}""");
        Lines lines = run("remembers", helper("looks", ""));
        assertThat(lines.result().get("result").asString()).isEqualTo("Kept.");
        assertThat(lines.texts().toString()).contains("seen");
    }

    @Test
    void aTurnThatIsOutOfTimeEndsThemToo() {
        script("sleeps-long", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}]}, {"text": "Slept."}]}""");
        Lines lines = run("asks-once", "\"timeout_s\": 1, " + helper("sleeps-long", ""));
        assertThat(lines.result().get("status").asString()).isEqualTo("timeout");
        assertThat(status(lines, "subagent_finished").get("status").asString()).isEqualTo("timeout");
    }

    @Test
    void aCommandInTheBackgroundAndASubagentAreAccountedForInOneResult() {
        script("background", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 0.1; echo late > late", "run_in_background": true}},
                     {"tool": "Task", "input": %s}]},
                  {"expect": "There is one.", "tool_calls": [{"tool": "Bash", "input": {"command": "until [ -e late ]; do sleep 0.02; done; cat late"}}]},
                  {"expect": "late", "text": "Both."}]}""".formatted(task("helper")));
        Lines lines = run("background", "\"background_tasks\": false, " + helper("counts", ""));
        assertThat(lines.of("result")).hasSize(1);
        assertThat(lines.all().getLast()).isEqualTo(lines.result());
        assertThat(lines.result().get("result").asString()).isEqualTo("Both.");
        assertThat(lines.result().at("/usage/input_tokens").asInt()).isEqualTo(3000);
    }

    @Test
    void aForkAnImportAndARewindKeepWhatTheyDidAndTheConversationIsTheSame() {
        script("talks-on", """
                {"steps": [
                  {"tool_calls": [{"tool": "Task", "input": %s}]},
                  {"expect": "There is one.", "text": "One."},
                  {"expect": "second", "text": "Two."}]}""".formatted(task("helper")));
        String session = session("talks-on", helper("counts", ""));
        Lines first = say(session, "first");
        assertThat(first.result().get("result").asString()).isEqualTo("One.");
        List<String> told = events(session);

        String fork = api.post("/agent/session/" + session + "/fork", "")
                .json()
                .get("session_id")
                .asString();
        Api.Answer export = api.get("/agent/session/" + session + "/export");
        String imported = api.call(
                        "POST", "/agent/sessions/import", export.text().getBytes(StandardCharsets.UTF_8))
                .json()
                .get("session_id")
                .asString();

        for (String copy : List.of(fork, imported)) {
            assertThat(subagents(events(copy))).isEqualTo(subagents(told)).isNotEmpty();
            JsonNode usage = api.status(copy).get("usage");
            assertThat(usage.get("input_tokens").asInt()).isEqualTo(3000);
            assertThat(say(copy, "second").result().get("result").asString()).isEqualTo("Two.");
        }
        long end = api.status(session).at("/history/0/events_to_seq").asLong();
        say(session, "second");
        assertThat(api.post("/agent/session/" + session + "/rewind", "{\"to_seq\": " + end + "}")
                        .status())
                .isEqualTo(200);
        assertThat(subagents(events(session))).isEqualTo(subagents(told));
    }

    private static Lines say(String session, String prompt) {
        try (Api.Stream stream =
                api.stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"" + prompt + "\"}")) {
            return stream.toEnd();
        }
    }

    private static List<String> events(String session) {
        return api.events(session, "").durable();
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "agents.a.colour | {'a': {'description': 'd', 'prompt': 'p', 'colour': 'red'}}",
                "agents.a.description | {'a': {'prompt': 'p'}}",
                "agents.a.prompt | {'a': {'description': 'd', 'prompt': ''}}",
                "agents.a.tools | {'a': {'description': 'd', 'prompt': 'p', 'tools': ['Bush']}}",
                "agents.a.tools | {'a': {'description': 'd', 'prompt': 'p', 'tools': ['Task']}}",
                "agents.a.tools | {'a': {'description': 'd', 'prompt': 'p', 'tools': ['Bash(git *)']}}",
                "agents.a.disallowed_tools | {'a': {'description': 'd', 'prompt': 'p', 'disallowed_tools': ['Bush']}}",
                "agents.a.model | {'a': {'description': 'd', 'prompt': 'p', 'model': 'nobody:m'}}",
                "agents.a.max_turns | {'a': {'description': 'd', 'prompt': 'p', 'max_turns': 0}}",
                "agents.a.max_budget_usd | {'a': {'description': 'd', 'prompt': 'p', 'max_budget_usd': -1}}",
                "agents.a.permission_mode | {'a': {'description': 'd', 'prompt': 'p', 'permission_mode': 'x'}}",
                "agents.a | {'a': 1}",
                "agents | {'a b': {'description': 'd', 'prompt': 'p'}}",
                "agents | []"
            })
    void aDefinitionThatIsWrongIsRefusedByName(String field, String agents) {
        Api.Answer answer = api.post("/agent/run", body("asks-once", "\"agents\": " + agents.replace('\'', '"')));
        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        assertThat(answer.errorField()).isEqualTo(field);
    }

    @Test
    void thereAreNotTooManyNorTooLongOnes() {
        String many = Stream.iterate(0, i -> i + 1)
                .limit(33)
                .map(i -> "\"a" + i + "\": {\"description\": \"d\", \"prompt\": \"p\"}")
                .reduce((a, b) -> a + ", " + b)
                .map(Optional::of)
                .orElseThrow()
                .orElseThrow();
        assertThat(api.post("/agent/run", body("asks-once", "\"agents\": {" + many + "}"))
                        .errorField())
                .isEqualTo("agents");
        assertThat(api.post(
                                "/agent/run",
                                body(
                                        "asks-once",
                                        "\"agents\": {\"a\": {\"description\": \"d\", \"prompt\": \""
                                                + "x".repeat((64 << 10) + 1) + "\"}}"))
                        .errorField())
                .isEqualTo("agents.a.prompt");
    }
}
