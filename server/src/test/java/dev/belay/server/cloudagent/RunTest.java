package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a run streams. */
class RunTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        api = server.api();
        server.script("hello", """
            {"price": {"input": 3, "output": 15},
             "steps": [
              {"thinking": "I should look.", "text": "Let me look.", "usage": {"input_tokens": 100, "output_tokens": 10},
               "tool_calls": [{"tool": "Bash", "input": {"command": "echo hello from the sandbox"}}]},
              {"text": "It says hello.", "usage": {"input_tokens": 120, "output_tokens": 5}}]}\
            """);
        server.script("parallel", """
            {"steps": [
              {"tool_calls": [
                {"tool": "Glob", "input": {"pattern": "*"}},
                {"tool": "Glob", "input": {"pattern": "/tmp/*"}}]},
              {"text": "Both done."}]}\
            """);
        server.script("failing", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "echo no >&2; exit 3"}}]},
              {"text": "It failed, as expected.", "expect": "3"}]}\
            """);
        server.script("endless", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "true"}}]},
              {"tool_calls": [{"tool": "Bash", "input": {"command": "true"}}]},
              {"tool_calls": [{"tool": "Bash", "input": {"command": "true"}}]},
              {"tool_calls": [{"tool": "Bash", "input": {"command": "true"}}]}]}\
            """);
        server.script("writes", """
            {"steps": [
              {"tool_calls": [{"tool": "Write", "input": {"file_path": "/workspace/notes/made.txt", "content": "x"}}]},
              {"tool_calls": [{"tool": "Bash", "input": {"command": "ls /workspace/notes"}}]},
              {"text": "Done."}]}\
            """);
        server.script("code", """
            {"steps": [
              {"tool_calls": [{"tool": "mcp__sandbox__execute_code", "input": {"code": "print(6 * 7)"}}]},
              {"text": "42."}]}\
            """);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aRunStreamsItsEventsInOrderAndEndsWithOneResult() {
        Lines lines = api.run("""
            {"prompt": "Say hello", "options": {"model": "scripted:hello"}}\
            """);

        assertThat(lines.types())
                .containsExactly("status", "thinking", "thinking", "tool_use", "tool_result", "thinking", "result");
        assertThat(lines.all().getFirst().get("message").asString()).isEqualTo("starting");
        List<JsonNode> thinking = lines.of("thinking");
        assertThat(thinking)
                .extracting(line -> line.get("block").asString())
                .containsExactly("thinking", "text", "text");
        assertThat(thinking)
                .extracting(line -> line.get("content").asString())
                .containsExactly("I should look.", "Let me look.", "It says hello.");
        assertThat(thinking)
                .allSatisfy(line -> assertThat(line.get("source").asString()).isEqualTo("scripted"));
        JsonNode use = lines.of("tool_use").getFirst();
        JsonNode answer = lines.of("tool_result").getFirst();
        assertThat(use.get("tool").asString()).isEqualTo("Bash");
        assertThat(use.at("/input/command").asString()).isEqualTo("echo hello from the sandbox");
        assertThat(answer.get("id")).isEqualTo(use.get("id"));
        assertThat(answer.get("output").asString()).contains("hello from the sandbox");
        assertThat(answer.get("is_error").asBoolean()).isFalse();
        JsonNode result = lines.result();
        assertThat(result.get("status").asString()).isEqualTo("success");
        assertThat(result.get("summary").asString()).isEqualTo("It says hello.");
        assertThat(result.get("result")).isEqualTo(result.get("summary"));
        assertThat(result.get("turns").asInt()).isEqualTo(2);
        assertThat(result.at("/usage/input_tokens").asInt()).isEqualTo(220);
        assertThat(result.get("model").asString()).isEqualTo("scripted:hello");
    }

    @Test
    void everyDurableLineHasAGrowingSeqAndTheSameSessionAndTurn() {
        Lines lines = api.run("""
            {"prompt": "Say hello", "model": "scripted:hello"}\
            """);

        List<Long> seqs = lines.all().stream()
                .filter(line -> line.has("seq"))
                .map(line -> line.get("seq").asLong())
                .toList();
        assertThat(seqs).isSorted().doesNotHaveDuplicates();
        assertThat(lines.all())
                .extracting(line -> line.get("session_id").asString())
                .containsOnly(lines.session());
        assertThat(lines.all().stream().map(line -> line.get("turn_id")).distinct())
                .hasSize(1);
    }

    @Test
    void theAnswerIsNdjsonThatNobodyMayStore() {
        try (Api.Stream stream = api.stream("POST", "/agent/run", """
            {"prompt": "hi", "model": "scripted"}\
            """)) {
            assertThat(stream.response().headers().firstValue("Content-Type")).contains("application/x-ndjson");
            assertThat(stream.response().headers().firstValue("Cache-Control")).contains("no-store");
        }
    }

    @Test
    void optionsMayBeNestedOrFlat() {
        String nested = result("""
            {"prompt": "go", "options": {"model": "scripted:endless", "max_turns": 2}}\
            """);
        String flat = result("""
            {"prompt": "go", "model": "scripted:endless", "max_turns": 2}\
            """);
        String both = result("""
            {"prompt": "go", "model": "scripted:endless", "max_turns": 2, "options": {"model": "scripted:endless", "max_turns": 2}}\
            """);

        assertThat(List.of(nested, flat, both)).containsOnly("max_turns 2");
    }

    private static String result(String body) {
        JsonNode result = api.run(body).result();
        return result.get("status").asString() + " " + result.get("turns").asInt();
    }

    @Test
    void parallelCallsArePairedByTheirIds() {
        Lines lines = api.run("""
            {"prompt": "go", "model": "scripted:parallel"}\
            """);

        List<String> asked = lines.of("tool_use").stream()
                .map(line -> line.get("id").asString())
                .toList();
        assertThat(asked).hasSize(2).doesNotHaveDuplicates();
        assertThat(lines.of("tool_result"))
                .extracting(line -> line.get("id").asString())
                .containsExactlyInAnyOrderElementsOf(asked);
    }

    @Test
    void aToolThatFailsDoesNotFailTheRun() {
        Lines lines = api.run("""
            {"prompt": "go", "model": "scripted:failing"}\
            """);

        assertThat(lines.of("tool_result").getFirst().get("is_error").asBoolean())
                .isTrue();
        assertThat(lines.result().get("status").asString()).isEqualTo("success");
    }

    @Test
    void maxTurnsEndsARunAfterSoManyModelCalls() {
        Lines lines = api.run("""
            {"prompt": "go", "model": "scripted:endless", "max_turns": 3}\
            """);

        assertThat(lines.result().get("status").asString()).isEqualTo("max_turns");
        assertThat(lines.result().get("turns").asInt()).isEqualTo(3);
        assertThat(lines.of("tool_use")).hasSize(3);
    }

    @Test
    void aToolThatIsNotAllowedDoesNothing() {
        Lines lines = api.run("""
            {"prompt": "go", "model": "scripted:writes", "allowed_tools": ["Bash"]}\
            """);

        List<JsonNode> results = lines.of("tool_result");
        assertThat(results.get(0).get("is_error").asBoolean()).isTrue();
        assertThat(results.get(1).get("output").asString()).doesNotContain("made.txt");
    }

    @Test
    void timeoutEndsARunInTime() {
        server.script("sleeps", """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 30"}}]}]}\
            """);

        JsonNode result = api.run("""
            {"prompt": "go", "model": "scripted:sleeps", "timeout_s": 1}\
            """).result();

        assertThat(result.get("status").asString()).isEqualTo("timeout");
        assertThat(result.get("duration_ms").asLong()).isBetween(1000L, 2000L);
    }

    @Test
    void aModelThatErrsEndsTheRunWithAnErrorInTheResult() {
        server.script("refused", """
            {"steps": [{"error": {"status": 401, "message": "this key is not valid"}}]}\
            """);

        JsonNode result = api.run("""
            {"prompt": "go", "model": "scripted:refused"}\
            """).result();

        assertThat(result.get("status").asString()).isEqualTo("error");
        assertThat(result.at("/error/http_status").asInt()).isEqualTo(401);
        assertThat(result.at("/error/message").asString()).contains("this key is not valid");
    }

    @Test
    void aRetryIsShown() {
        server.script("overloaded", """
            {"steps": [{"error": {"status": 529, "message": "overloaded"}}, {"text": "Here I am."}]}\
            """);

        Lines lines = api.run("""
            {"prompt": "go", "model": "scripted:overloaded"}\
            """);

        assertThat(lines.types()).containsExactly("status", "status", "thinking", "result");
        assertThat(lines.of("status").get(1).get("message").asString()).isEqualTo("retrying");
        assertThat(lines.of("status").get(1).at("/error/http_status").asInt()).isEqualTo(529);
        assertThat(lines.result().get("status").asString()).isEqualTo("success");
    }

    @Test
    void aResultThatIsAJsonObjectIsSentAsOne() {
        JsonNode result = api.run("""
            {"prompt": "go", "model": "scripted:code"}\
            """).of("tool_result").getFirst();

        assertThat(result.get("output").isObject()).isTrue();
        assertThat(result.get("output").toString()).contains("42");
    }

    @Test
    void theSandboxIsAsLargeAsTheRequestSays() {
        server.script("hungry", """
            {"steps": [{"tool_calls": [{"tool": "mcp__sandbox__execute_code",
             "input": {"code": "a = bytearray(100 << 20)\\nprint(len(a))"}}]}, {"text": "Done."}]}\
            """);

        JsonNode small = api.run("""
            {"prompt": "go", "model": "scripted:hungry", "sandbox": {"memory_mb": 64, "network": "none"}}\
            """).of("tool_result").getFirst();
        JsonNode large = api.run("""
            {"prompt": "go", "model": "scripted:hungry", "options": {"sandbox": {"memory_mb": 512, "cpus": 1}}}\
            """).of("tool_result").getFirst();

        assertThat(small.get("output").get("error_type").asString()).isEqualTo("OutOfMemoryError");
        assertThat(large.get("output").get("stdout").asString()).isEqualTo("104857600\n");
    }

    @Test
    void withSandboxEnabledFalseTheTwoSandboxToolsAreGone() {
        Lines lines = api.run("""
            {"prompt": "go", "model": "scripted:code", "sandbox_enabled": false}\
            """);

        assertThat(lines.of("tool_result").getFirst().get("is_error").asBoolean())
                .isTrue();
    }

    @Test
    void promptsThatLookLikeCommandsReachTheModelAsTheyAre() {
        for (String prompt : List.of("/cost", "@/etc/passwd", "!ls", "/clear\n\u0000\t\ud83d\ude80")) {
            JsonNode result = api.run(body(prompt)).result();

            assertThat(result.get("summary").asString()).isEqualTo(prompt);
        }
    }

    private static String body(String prompt) {
        return JsonMapper.shared().writeValueAsString(Map.of("prompt", prompt, "model", "scripted"));
    }

    @Test
    void withoutAModelTheConfiguredOneAnswers() {
        assertThat(api.run("""
            {"prompt": "hi"}\
            """).result().get("model").asString()).isEqualTo("scripted");
    }

    @Test
    void withoutAnyModelTheResultSaysWhatToSet(@TempDir Path data) {
        try (RunningServer bare = RunningServer.start(data, Map.of("agent.model", ""))) {
            JsonNode result = bare.api().run("""
                {"prompt": "hi"}\
                """).result();

            assertThat(result.get("status").asString()).isEqualTo("error");
            assertThat(result.at("/error/code").asString()).isEqualTo("no_model");
            assertThat(result.at("/error/message").asString()).contains("agent.model");
        }
    }

    @Test
    void aProjectDirectoryOutlivesTheSessionAndPrivateFilesDoNot() {
        server.script("leaves", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "echo kept > /workspace/shop/kept; echo lost > /workspace/lost"}}]},
              {"text": "left"}]}\
            """);
        server.script("finds", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "pwd; ls /workspace /workspace/shop"}}]},
              {"text": "found"}]}\
            """);

        api.run("""
            {"prompt": "go", "model": "scripted:leaves", "working_dir": "/workspace/shop"}\
            """).result();
        String found = api.run("""
            {"prompt": "go", "model": "scripted:finds", "working_dir": "/workspace/shop"}\
            """).of("tool_result").getFirst().get("output").asString();

        assertThat(found).contains("/workspace/shop").contains("kept").doesNotContain("lost");
    }
}
