package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.Permission;
import dev.belay.server.Api;
import dev.belay.server.Api.Answer;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An agent that asks before it acts, and whoever may answer (contract: Cloud Agent 5, "permission round trip"). */
@Timeout(120)
class PermissionApiTest {
    @TempDir
    static Path data;

    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = RunningServer.start(data);
        api = server.api();
        server.script("makes", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "echo made"}}]}, {"text": "Done."}]}""");
        server.script("asks", """
                {"steps": [
                  {"tool_calls": [{"tool": "AskUser", "input": {"question": "Which?", "options": ["red", "blue"]}}]},
                  {"expect": "blue", "text": "Blue."}]}""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Api.Stream run(String script, String options) {
        return api.stream(
                "POST", "/agent/run", "{\"prompt\":\"go\",\"model\":\"scripted:" + script + "\"," + options + "}");
    }

    private static String path(JsonNode line) {
        return "/agent/session/" + line.get("session_id").asString() + "/permissions/"
                + line.get("id").asString();
    }

    @Test
    void aCallWaitsForLeaveAndIsThenMade() {
        try (Api.Stream stream = run("makes", "\"permission_mode\":\"default\"")) {
            JsonNode call = stream.next("tool_use");
            JsonNode ask = stream.next("permission_request");
            assertThat(ask.get("tool_use_id")).isEqualTo(call.get("id"));
            assertThat(ask.get("input")).isEqualTo(call.get("input"));
            assertThat(ask.get("kind").asString()).isEqualTo("permission");

            String body = "{\"behavior\":\"allow\",\"input_hash\":\""
                    + ask.get("input_hash").asString() + "\"}";
            assertThat(api.post(path(ask), body).status()).isEqualTo(200);

            JsonNode decision = stream.next("permission_decision");
            assertThat(decision.get("id")).isEqualTo(ask.get("id"));
            assertThat(decision.get("by").asString()).isEqualTo("principal");
            assertThat(stream.next("tool_result").get("output").asString()).isEqualTo("made\n");
            JsonNode result = stream.next("result");
            assertThat(result.get("status").asString()).isEqualTo("success");
            assertThat(result.get("permission_denials")).isEmpty();
            assertThat(api.post(path(ask), body).status()).isEqualTo(200);
            assertThat(api.post(path(ask), "{\"behavior\":\"deny\"}").errorCode())
                    .isEqualTo("already_answered");
        }
    }

    @Test
    void theInputMayBeRewritten() {
        try (Api.Stream stream = run("makes", "\"permissions\":{\"ask\":[\"Bash(echo *)\"]}")) {
            JsonNode ask = stream.next("permission_request");
            assertThat(api.post(path(ask), "{\"behavior\":\"allow\",\"updated_input\":{\"cmd\":\"x\"}}")
                            .errorField())
                    .isEqualTo("updated_input");
            assertThat(api.post(path(ask), "{\"behavior\":\"allow\",\"updated_input\":{\"command\":\"echo else\"}}")
                            .status())
                    .isEqualTo(200);
            assertThat(stream.next("permission_decision")
                            .at("/updated_input/command")
                            .asString())
                    .isEqualTo("echo else");
            assertThat(stream.next("tool_result").get("output").asString()).isEqualTo("else\n");
        }
    }

    @Test
    void aDenialIsToldToTheModelAndInTheResult() {
        try (Api.Stream stream = run("makes", "\"permission_mode\":\"default\"")) {
            JsonNode ask = stream.next("permission_request");
            api.post(path(ask), "{\"behavior\":\"deny\",\"message\":\"not now\"}");
            JsonNode result = stream.next("tool_result");
            assertThat(result.get("is_error").asBoolean()).isTrue();
            assertThat(result.get("output").asString()).contains("not now");
            JsonNode end = stream.next("result");
            assertThat(end.get("status").asString()).isEqualTo("success");
            JsonNode denial = end.get("permission_denials").get(0);
            assertThat(denial.get("tool_name").asString()).isEqualTo("Bash");
            assertThat(denial.get("tool_use_id")).isEqualTo(ask.get("tool_use_id"));
            assertThat(denial.at("/tool_input/command").asString()).isEqualTo("echo made");
        }
    }

    @Test
    void aDenialMayEndTheTurn() {
        try (Api.Stream stream = run("makes", "\"permission_mode\":\"default\"")) {
            api.post(path(stream.next("permission_request")), "{\"behavior\":\"deny\",\"interrupt\":true}");
            assertThat(stream.next("result").get("status").asString()).isEqualTo("interrupted");
        }
    }

    @Test
    void aRuleRefusesWithoutAsking() {
        try (Api.Stream stream = run("makes", "\"permissions\":{\"deny\":[\"Bash(echo *)\"]}")) {
            JsonNode decision = stream.next("permission_decision");
            assertThat(decision.has("id")).isFalse();
            assertThat(decision.get("by").asString()).isEqualTo("rule");
            assertThat(stream.next("result").get("permission_denials")).hasSize(1);
        }
    }

    @Test
    void allowedToolsMayHoldPatterns() {
        try (Api.Stream stream = run("makes", "\"allowed_tools\":[\"Bash(git *)\"]")) {
            assertThat(stream.next("tool_result").get("output").asString()).contains("Bash(git *)");
        }
        try (Api.Stream stream = run("makes", "\"allowed_tools\":[\"Bash(echo *)\"]")) {
            assertThat(stream.next("tool_result").get("output").asString()).isEqualTo("made\n");
        }
    }

    @Test
    void aQuestionIsAnsweredLikeAnAsk() {
        try (Api.Stream stream = run("asks", "\"ask_user\":true")) {
            JsonNode ask = stream.next("permission_request");
            assertThat(ask.get("kind").asString()).isEqualTo("question");
            assertThat(ask.at("/input/options/1").asString()).isEqualTo("blue");
            assertThat(api.post(path(ask), "{\"behavior\":\"allow\"}").errorField())
                    .isEqualTo("message");
            api.post(path(ask), "{\"behavior\":\"allow\",\"message\":\"blue\"}");
            assertThat(stream.next("result").get("result").asString()).isEqualTo("Blue.");
        }
    }

    @Test
    void anInterruptTakesTheAskBack() {
        try (Api.Stream stream = run("makes", "\"permission_mode\":\"default\"")) {
            JsonNode ask = stream.next("permission_request");
            String session = "/agent/session/" + ask.get("session_id").asString();
            assertThat(api.post(session + "/interrupt", "").status()).isEqualTo(200);
            assertThat(stream.next("permission_decision").get("by").asString()).isEqualTo("turn_end");
            assertThat(stream.next("result").get("status").asString()).isEqualTo("interrupted");
            assertThat(api.post(path(ask), "{\"behavior\":\"allow\"}").status()).isEqualTo(409);
        }
    }

    @Test
    void onlyAKeyThatMayApproveAnswersAndOnlyInItsOwnWorkspace() {
        var own = server.defaultWorkspace();
        Api runner = server.api(server.key(own, "runner", EnumSet.of(Permission.RUN, Permission.READ)));
        Api approver = server.api(server.key(own, "approver", EnumSet.of(Permission.APPROVE)));
        Api stranger = server.api(server.key(server.workspace(server.organisation("others"), "elsewhere"), "stranger"));
        try (Api.Stream stream = run("makes", "\"permission_mode\":\"default\"")) {
            JsonNode ask = stream.next("permission_request");
            Answer refused = runner.post(path(ask), "{\"behavior\":\"allow\"}");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.errorMessage()).contains("approve");
            assertThat(server.anonymous()
                            .post(path(ask), "{\"behavior\":\"allow\"}")
                            .status())
                    .isEqualTo(401);
            assertThat(stranger.post(path(ask), "{\"behavior\":\"allow\"}").status())
                    .isEqualTo(404);
            assertThat(approver.post(path(ask) + "x", "{\"behavior\":\"allow\"}")
                            .status())
                    .isEqualTo(404);
            assertThat(approver.post(path(ask), "{\"behavior\":\"perhaps\"}").errorField())
                    .isEqualTo("behavior");
            assertThat(approver.post(path(ask), "{\"behavior\":\"allow\",\"interrupt\":true}")
                            .errorField())
                    .isEqualTo("interrupt");
            assertThat(approver.post(path(ask), "{\"behavior\":\"allow\",\"input_hash\":\"00\"}")
                            .errorCode())
                    .isEqualTo("input_changed");
            assertThat(approver.post(path(ask), "{\"behavior\":\"allow\"}").status())
                    .isEqualTo(200);
            assertThat(stream.next("result").get("status").asString()).isEqualTo("success");
        }
    }
}
