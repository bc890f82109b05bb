package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Api.Answer;
import dev.belay.server.RunningServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes in broken gets a clear answer before anything runs. */
class BadInputTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        api = server.api();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer run(String body) {
        return api.post("/agent/run", body);
    }

    @Test
    void jsonThatBreaksIsToldWithItsLineAndColumn() {
        Answer answer = run("{\"prompt\": \"hi\",\n  \"model\": }");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.errorCode()).isEqualTo("malformed_request");
        assertThat(answer.errorMessage()).contains("line 2");
        assertThat(answer.json().get("detail").asString()).isEqualTo(answer.errorMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"prompt\":\"a\"} {\"prompt\":\"b\"}",
                "{\"prompt\":\"a\",\"prompt\":\"b\"}",
                "{\"prompt\":\"a\",\"model\":\"x\",\"options\":{\"model\":\"y\"}}",
                "{\"prompt\":\"half \\ud800 pair\"}",
                "{\"prompt\":\"a\",}",
                "{'prompt':'a'}",
                "{\"prompt\":\"a\"",
                "",
                "prompt=hello",
                "{\"prompt\":\"a\",\"max_turns\":NaN}"
            })
    void whatIsNotOneSoundJsonTextIsMalformed(String body) {
        assertThat(run(body).status()).isEqualTo(400);
    }

    @Test
    void deepNestingIsMalformedAndHarmless() {
        assertThat(run("{\"prompt\":\"a\",\"metadata\":" + "{\"a\":".repeat(100_000))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void bytesThatAreNoUtf8AreMalformed() {
        byte[] body = "{\"prompt\":\"caf\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);

        Answer answer = api.call("POST", "/agent/run", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.errorMessage()).contains("UTF-8");
    }

    @Test
    void anUnknownFieldIsNamedWithTheOneThatWasMeant() {
        Answer flat = run("{\"prompt\":\"a\",\"max_turn\":3}");
        Answer nested = run("{\"prompt\":\"a\",\"options\":{\"alowed_tools\":[]}}");

        assertThat(flat.status()).isEqualTo(422);
        assertThat(flat.errorField()).isEqualTo("max_turn");
        assertThat(flat.errorMessage()).contains("\"max_turn\"").contains("did you mean \"max_turns\"?");
        assertThat(nested.status()).isEqualTo(422);
        assertThat(nested.errorField()).isEqualTo("options.alowed_tools");
        assertThat(nested.errorMessage()).contains("allowed_tools");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[1]|body",
                "{\"options\":{}}|prompt",
                "{\"prompt\":7}|prompt",
                "{\"prompt\":null}|prompt",
                "{\"prompt\":\"\"}|prompt",
                "{\"prompt\":\"a\",\"options\":[]}|options",
                "{\"prompt\":\"a\",\"max_turns\":\"20\"}|max_turns",
                "{\"prompt\":\"a\",\"max_turns\":1.5}|max_turns",
                "{\"prompt\":\"a\",\"max_turns\":0}|max_turns",
                "{\"prompt\":\"a\",\"max_turns\":99999999999}|max_turns",
                "{\"prompt\":\"a\",\"max_budget_usd\":-1}|max_budget_usd",
                "{\"prompt\":\"a\",\"max_budget_usd\":1e999999999}|max_budget_usd",
                "{\"prompt\":\"a\",\"max_budget_usd\":1e-999999999}|max_budget_usd",
                "{\"prompt\":\"a\",\"max_budget_usd\":-2e16}|max_budget_usd",
                "{\"prompt\":\"a\",\"timeout_s\":-1e20}|timeout_s",
                "{\"prompt\":\"a\",\"timeout_s\":0}|timeout_s",
                "{\"prompt\":\"a\",\"timeout_s\":true}|timeout_s",
                "{\"prompt\":\"a\",\"allowed_tools\":\"Bash\"}|allowed_tools",
                "{\"prompt\":\"a\",\"allowed_tools\":[\"Bash\",1]}|allowed_tools",
                "{\"prompt\":\"a\",\"allowed_tools\":[\"Bsh\"]}|allowed_tools",
                "{\"prompt\":\"a\",\"permission_mode\":\"dontAsk\"}|permission_mode",
                "{\"prompt\":\"a\",\"permissions\":[]}|permissions",
                "{\"prompt\":\"a\",\"permissions\":{\"allowed\":[]}}|permissions.allowed",
                "{\"prompt\":\"a\",\"permissions\":{\"allow\":\"Bash\"}}|permissions.allow",
                "{\"prompt\":\"a\",\"permissions\":{\"deny\":[\"Bsh(rm *)\"]}}|permissions.deny",
                "{\"prompt\":\"a\",\"permissions\":{\"deny\":[\"Bsh\"]}}|permissions.deny",
                "{\"prompt\":\"a\",\"permissions\":{\"ask\":[\"Bash(\"]}}|permissions.ask",
                "{\"prompt\":\"a\",\"allowed_tools\":[\"Bash()\"]}|allowed_tools",
                "{\"prompt\":\"a\",\"ask_user\":1}|ask_user",
                "{\"prompt\":\"a\",\"sandbox_enabled\":\"yes\"}|sandbox_enabled",
                "{\"prompt\":\"a\",\"system_prompt_mode\":\"prepend\"}|system_prompt_mode",
                "{\"prompt\":\"a\",\"metadata\":[]}|metadata",
                "{\"prompt\":\"a\",\"model\":\"nobody:x\"}|model",
                "{\"prompt\":\"a\",\"model\":\"scripted:../x\"}|model",
                "{\"prompt\":\"a\",\"fallback_model\":\"nobody:x\"}|fallback_model",
                "{\"prompt\":\"a\",\"output_schema\":{}}|output_schema",
                "{\"prompt\":\"a\",\"working_dir\":\"/etc\"}|working_dir",
                "{\"prompt\":\"a\",\"working_dir\":\"/workspace/../etc\"}|working_dir",
                "{\"prompt\":\"a\",\"working_dir\":\"/workspace/a/../../b\"}|working_dir",
                "{\"prompt\":\"a\",\"working_dir\":\"relative\"}|working_dir",
                "{\"prompt\":\"a\",\"working_dir\":\"/workspace/Upper\"}|working_dir",
                "{\"prompt\":\"a\",\"working_dir\":\"/workspace/a\\u0000b\"}|working_dir",
            })
    void aValueThatIsNotAllowedIsToldWithItsField(String body, String field) {
        Answer answer = run(body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        assertThat(answer.errorField()).isEqualTo(field);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"engine\":\"claude-code\"", "\"hooks\":{}", "\"resume\":\"x\"", "\"background_tasks\":true"})
    void whatIsNotBuiltYetIsRefusedByNameAndNotIgnored(String option) {
        String name = option.substring(1, option.indexOf('"', 1));

        Answer flat = run("{\"prompt\":\"a\"," + option + "}");
        Answer nested = run("{\"prompt\":\"a\",\"options\":{" + option + "}}");

        assertThat(flat.status()).isEqualTo(422);
        assertThat(flat.errorField()).isEqualTo(name);
        assertThat(nested.errorField()).isEqualTo("options." + name);
        assertThat(nested.errorMessage()).contains(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"network\":true}|sandbox.network",
                "{\"network\":\"bridge\"}|sandbox.network",
                "{\"image\":\"python:3.12-slim\"}|sandbox.image",
                "{\"memory_mb\":1}|sandbox",
                "{\"memory_mb\":1000000}|memory",
                "{\"cpus\":5000}|cpus",
                "{\"cpus\":\"2\"}|sandbox.cpus",
                "{\"gpu\":1}|sandbox.gpu"
            })
    void aSandboxThatCannotBeHadIsRefusedByName(String sandbox, String field) {
        Answer answer = run("{\"prompt\":\"a\",\"sandbox\":" + sandbox + "}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        assertThat(answer.errorField()).isEqualTo(field);
    }

    @Test
    void whatAsksForTheOnlyChoiceThatThereIsIsFine() {
        assertThat(api.run("""
            {"prompt": "hi", "model": "scripted", "engine": "native", "permission_mode": "bypassPermissions",
             "background_tasks": false, "max_turns": null, "system_prompt": null}\
            """).result().get("status").asString()).isEqualTo("success");
    }

    @Test
    void aPromptOfTenMegabytesIsRefusedByItsLimit() {
        Answer answer = run("{\"prompt\":\"" + "a".repeat(10 << 20) + "\"}");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.errorField()).isEqualTo("prompt");
        assertThat(answer.errorMessage()).contains("1048576");
    }

    @Test
    void aBodyBeyondTheLimitIsRefusedWithoutBeingKept() {
        Answer answer = run("{\"prompt\":\"" + "a".repeat(20 << 20) + "\"}");

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.errorMessage()).contains("limits.body_bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 256})
    void anIdempotencyKeyHasOneTo255Characters(int length) {
        Answer answer = api.with("Idempotency-Key", "k".repeat(length)).post("/agent/run", "{\"prompt\":\"a\"}");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.errorField()).isEqualTo("Idempotency-Key");
    }

    @Test
    void unknownPathsAndMethodsAnswerInTheSameShape() {
        Answer unknown = api.get("/agent/rum");
        Answer method = api.get("/agent/run");

        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.errorCode()).isEqualTo("not_found");
        assertThat(method.status()).isEqualTo(405);
        assertThat(method.errorCode()).isEqualTo("method_not_allowed");
        assertThat(method.http().headers().firstValue("Allow")).contains("POST");
    }

    @Test
    void aHeaderThatIsTooLargeAnswersInTheSameShape() {
        Answer answer = api.with("X-Large", "a".repeat(20_000)).get("/health/live");

        assertThat(answer.status()).isEqualTo(431);
        assertThat(answer.errorCode()).isEqualTo("http_431");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "00000000-0000-7000-8000-000000000000", "..%2f..%2fetc", "%00"})
    void aSessionThatDoesNotExistIsNotFound(String id) {
        assertThat(api.get("/agent/session/" + id + "/status").status()).isIn(404, 400);
        assertThat(api.get("/agent/session/" + id + "/events").status()).isIn(404, 400);
    }
}
