package dev.belay.server.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.mcp.McpServers;
import dev.belay.api.Permission;
import dev.belay.server.Api;
import dev.belay.server.RunningServer;
import dev.belay.server.http.Json;
import dev.belay.tenancy.Organisation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /mcp} over plain HTTP. The official client is in {@code conformance}. */
class McpFaceTest {
    private static RunningServer server;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("mcp.allowed_hosts", "127.0.0.1"), false, Duration.ofMillis(200));
        server.script("quick", "{\"steps\": [{\"text\": \"done\"}, {\"text\": \"done again\"}]}");
        server.script("slow", "{\"steps\": [{\"text\": \"late\", \"delay_ms\": 1500}]}");
        server.script("nested", """
                {"steps": [{"tool_calls": [{"tool": "mcp__again__run_agent", "input": {"prompt": "go", "model": "scripted:quick"}}]},
                           {"text": "nested"}]}""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Api.Answer send(Api api, String method, String parameters) {
        return api.post(
                "/mcp",
                "{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"" + method + "\", \"params\": " + parameters + "}");
    }

    private static JsonNode call(Api api, String tool, String arguments) {
        Api.Answer answer = send(api, "tools/call", "{\"name\": \"" + tool + "\", \"arguments\": " + arguments + "}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().get("result");
    }

    private static JsonNode content(JsonNode result) {
        assertThat(result.get("isError").asBoolean()).as(result.toString()).isFalse();
        assertThat(result.at("/content/0/text").asString())
                .isEqualTo(result.get("structuredContent").toString());
        return result.get("structuredContent");
    }

    private static String error(JsonNode result) {
        assertThat(result.get("isError").asBoolean()).as(result.toString()).isTrue();
        return result.at("/structuredContent/error").asString();
    }

    @Test
    void aVersionThatIsKnownIsSpokenAndAnotherIsAnsweredWithTheNewest() {
        String known = "{\"protocolVersion\": \"2025-03-26\", \"capabilities\": {}}";
        assertThat(send(server.api(), "initialize", known)
                        .json()
                        .at("/result/protocolVersion")
                        .asString())
                .isEqualTo("2025-03-26");
        assertThat(send(server.api(), "initialize", known.replace("2025", "1999"))
                        .json()
                        .at("/result/protocolVersion")
                        .asString())
                .isEqualTo("2025-11-25");
        assertThat(send(server.api().with("MCP-Protocol-Version", "1999-01-01"), "ping", "{}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void everyToolIsListedWithItsSchema() {
        List<String> names = send(server.api(), "tools/list", "{}")
                .json()
                .at("/result/tools")
                .valueStream()
                .peek(tool ->
                        assertThat(tool.at("/inputSchema/type").asString()).isEqualTo("object"))
                .map(tool -> tool.get("name").asString())
                .toList();
        assertThat(names)
                .containsExactly(
                        "create_sandbox",
                        "list_sandboxes",
                        "exec",
                        "read_file",
                        "write_file",
                        "destroy_sandbox",
                        "run_agent",
                        "send_message",
                        "session_status",
                        "session_events");
    }

    @Test
    void aSandboxIsMadeUsedAndDestroyed() {
        Api api = server.api();
        String id = content(call(api, "create_sandbox", "{}")).get("id").asString();
        String in = "{\"sandboxId\": \"" + id + "\"";

        content(call(api, "write_file", in + ", \"path\": \"a\", \"content\": \"grün\"}"));
        JsonNode ran = content(call(api, "exec", in + ", \"command\": \"cat a; exit 3\"}"));
        JsonNode read = content(call(api, "read_file", in + ", \"path\": \"/workspace/a\"}"));
        assertThat(content(call(api, "list_sandboxes", "{}")).get("sandboxes").findValuesAsString("id"))
                .contains(id);
        content(call(api, "destroy_sandbox", in + "}"));

        assertThat(ran.get("result").asString()).isEqualTo("grün");
        assertThat(ran.get("exitCode").asInt()).isEqualTo(3);
        assertThat(read.get("content").asString()).isEqualTo("grün");
        assertThat(error(call(api, "exec", in + ", \"command\": \"true\"}"))).isNotEmpty();
    }

    @Test
    void aLongCommandKeepsTheCallerCompany() {
        Api api = server.api();
        String id = content(call(api, "create_sandbox", "{}")).get("id").asString();

        Api.Answer answer = send(
                api,
                "tools/call",
                "{\"name\": \"exec\", \"arguments\": {\"sandboxId\": \"" + id
                        + "\", \"command\": \"sleep 1; echo up\"}}");

        assertThat(answer.text()).startsWith("   ");
        assertThat(content(answer.json().get("result")).get("result").asString())
                .isEqualTo("up\n");
        call(api, "destroy_sandbox", "{\"sandboxId\": \"" + id + "\"}");
    }

    @Test
    void anAgentRunsAndGoesOnAndTellsWhatHappened() {
        Api api = server.api();
        JsonNode run = content(call(api, "run_agent", "{\"prompt\": \"go\", \"model\": \"scripted:quick\"}"));
        String session = "{\"session_id\": \"" + run.get("session_id").asString() + "\"";
        JsonNode again = content(call(api, "send_message", session + ", \"prompt\": \"more\"}"));
        JsonNode status = content(call(api, "session_status", session + "}"));
        JsonNode events = content(call(api, "session_events", session + ", \"limit\": 2}"));
        JsonNode rest = content(call(
                api,
                "session_events",
                session + ", \"after_seq\": " + events.get("next_after_seq").asInt() + "}"));

        assertThat(run.get("summary").asString()).isEqualTo("done");
        assertThat(again.get("summary").asString()).isEqualTo("done again");
        assertThat(status.get("turns").asInt()).isEqualTo(2);
        assertThat(events.get("events").size()).isEqualTo(2);
        assertThat(rest.get("events").findValuesAsString("type")).contains("result");
        assertThat(rest.get("next_after_seq")).isEqualTo(rest.get("last_seq"));
    }

    @Test
    void anAgentThatTakesLongerThanTheCallerWaitsGoesOn() {
        JsonNode run = content(
                call(server.api(), "run_agent", "{\"prompt\": \"go\", \"model\": \"scripted:slow\", \"wait_s\": 0}"));

        assertThat(run.get("status").asString()).isEqualTo("running");
        assertThat(server.api()
                        .events(run.get("session_id").asString(), "")
                        .result()
                        .get("summary")
                        .asString())
                .isEqualTo("late");
    }

    @Test
    void aKeyMayDoHereWhatItMayDoElsewhere() {
        Organisation organisation = server.organisation("Dogwood");
        var workspace = server.workspace(organisation, "one");
        Api reader = server.api(server.key(workspace, "reads", EnumSet.of(Permission.READ)));
        Api other = server.api(server.key(workspace, "all"));
        String session = content(call(server.api(), "run_agent", "{\"prompt\": \"go\", \"model\": \"scripted:quick\"}"))
                .get("session_id")
                .asString();

        assertThat(error(call(reader, "run_agent", "{\"prompt\": \"go\"}"))).isEqualTo("forbidden");
        assertThat(error(call(reader, "create_sandbox", "{}"))).isEqualTo("forbidden");
        assertThat(error(call(other, "session_status", "{\"session_id\": \"" + session + "\"}")))
                .isEqualTo("not_found");
        assertThat(send(server.anonymous(), "tools/list", "{}").status()).isEqualTo(401);
    }

    @Test
    void aWebPageOfAnotherOriginIsRefusedAlsoWithAKey() {
        assertThat(send(server.api().with("Origin", "https://evil.example"), "tools/list", "{}")
                        .status())
                .isEqualTo(403);
        assertThat(send(server.api().with("Origin", server.url()), "tools/list", "{}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void whatIsWrongIsToldInTheProtocolsWords() {
        Api api = server.api();
        assertThat(send(api, "tools/none", "{}").json().at("/error/code").asInt())
                .isEqualTo(-32601);
        assertThat(send(api, "tools/call", "{\"name\": \"none\"}")
                        .json()
                        .at("/error/code")
                        .asInt())
                .isEqualTo(-32602);
        assertThat(error(call(api, "exec", "{\"sandbox\": \"x\"}"))).isEqualTo("invalid_request");
        assertThat(api.post("/mcp", "{\"jsonrpc\": \"2.0\", \"method\": \"notifications/initialized\"}")
                        .status())
                .isEqualTo(202);
        assertThat(api.post("/mcp", "[]").status()).isEqualTo(422);
        assertThat(api.get("/mcp").status()).isEqualTo(405);
    }

    @Test
    void agentsThatCallEachOtherComeToAnEnd() {
        assertThat(error(call(
                        server.api().with(McpServers.DEPTH_HEADER, "3"),
                        "run_agent",
                        "{\"prompt\": \"go\", \"model\": \"scripted:quick\"}")))
                .isEqualTo("too_deep");

        JsonNode innermost = nested(2);
        assertThat(innermost.toString()).contains("too_deep");
        assertThat(nested(1).toString()).doesNotContain("too_deep").contains("done");
    }

    /** What an agent at that depth is told when it starts another through this very server. */
    private static JsonNode nested(int depth) {
        ObjectNode arguments = Json.object().put("prompt", "go").put("model", "scripted:nested");
        ObjectNode again = arguments.putObject("mcp_servers").putObject("again").put("url", server.url() + "/mcp");
        again.putObject("headers").put("Authorization", "Bearer " + server.key());
        Api api = server.api().with(McpServers.DEPTH_HEADER, Integer.toString(depth));
        String session = content(call(api, "run_agent", Json.writeText(arguments)))
                .get("session_id")
                .asString();
        return server.api().events(session, "").of("tool_result").getFirst();
    }
}
