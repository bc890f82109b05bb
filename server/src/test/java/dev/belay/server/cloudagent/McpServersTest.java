package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Api.Answer;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import dev.belay.server.http.Json;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The option {@code mcp_servers}, over HTTP, with a program that speaks MCP in the sandbox. */
class McpServersTest {
    private static final String TOKEN = "tok-0123456789-abcdef";
    private static final String PROGRAM = """
            import json, os, sys
            tools = [{"name": n, "inputSchema": {"type": "object"}} for n in ("token", "pid")]
            for line in sys.stdin:
                m = json.loads(line)
                if "id" not in m:
                    continue
                if m["method"] == "initialize":
                    r = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "t", "version": "1"}}
                elif m["method"] == "tools/list":
                    r = {"tools": tools}
                else:
                    text = os.environ["TOKEN"] if m["params"]["name"] == "token" else "pid " + str(os.getpid())
                    r = {"content": [{"type": "text", "text": text}]}
                print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
            """;

    private static RunningServer server;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        server.script("calls", """
                {"steps": [{"tool_calls": [{"tool": "mcp__own__token", "input": {}}, {"tool": "mcp__own__pid", "input": {}}]},
                           {"text": "done"}]}""");
        server.script("pid", """
                {"steps": [{"tool_calls": [{"tool": "mcp__own__pid", "input": {}}]}, {"text": "one"},
                           {"tool_calls": [{"tool": "mcp__own__pid", "input": {}}]}, {"text": "two"}]}""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ObjectNode request(String script) {
        ObjectNode request = Json.object().put("prompt", "go").put("model", "scripted:" + script);
        ObjectNode own = request.putObject("mcp_servers").putObject("own").put("command", "python3");
        own.putArray("args").add("-c").add(PROGRAM);
        own.putObject("env").put("TOKEN", TOKEN);
        return request;
    }

    private static List<String> outputs(Lines lines) {
        return lines.of("tool_result").stream()
                .map(line -> line.get("output").asString())
                .toList();
    }

    @Test
    void itsToolsAreCalledAndWhatItWasGivenIsNowhereToBeSeen() {
        Lines lines = server.api().run(Json.writeText(request("calls")));

        assertThat(lines.result().get("status").asString())
                .as(lines.result().toString())
                .isEqualTo("success");
        assertThat(outputs(lines).getFirst()).isEqualTo("[redacted own_TOKEN]");
        assertThat(outputs(lines).getLast()).startsWith("pid ");
        String all = String.join("\n", lines.texts())
                + server.api()
                        .get("/agent/session/" + lines.session() + "/status")
                        .text();
        assertThat(all).doesNotContain(TOKEN);
    }

    @Test
    void itRunsOnFromTurnToTurnOfASession() {
        ObjectNode request = request("pid");
        request.remove("prompt");
        String session = server.api()
                .post("/agent/session", Json.writeText(request))
                .json()
                .get("session_id")
                .asString();

        assertThat(outputs(message(session)))
                .isEqualTo(outputs(message(session)))
                .hasSize(1);
    }

    private static Lines message(String session) {
        try (Api.Stream stream =
                server.api().stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"go\"}")) {
            return stream.toEnd();
        }
    }

    @Test
    void allowedToolsMayNameOneOfThemOrAll() {
        ObjectNode one = request("calls");
        one.putArray("allowed_tools").add("mcp__own__pid");
        ObjectNode all = request("calls");
        all.putArray("allowed_tools").add("mcp__own");

        assertThat(outputs(server.api().run(Json.writeText(one))).getFirst()).contains("There is no tool");
        assertThat(outputs(server.api().run(Json.writeText(all))).getFirst()).isEqualTo("[redacted own_TOKEN]");
        assertThat(server.api()
                        .post(
                                "/agent/run",
                                Json.writeText(one.put("prompt", "a")).replace("own__pid", "other__pid"))
                        .errorField())
                .isEqualTo("allowed_tools");
    }

    @Test
    void aServerThatCannotBeUsedEndsTheTurnBeforeItCostsAnything() {
        ObjectNode request = request("calls");
        request.withObject("mcp_servers").putObject("web").put("url", "http://127.0.0.1:9/mcp");

        JsonNode result = server.api().run(Json.writeText(request)).result();

        assertThat(result.get("status").asString()).isEqualTo("error");
        assertThat(result.at("/error/code").asString()).isEqualTo("mcp_unavailable");
        assertThat(result.at("/error/message").asString()).contains("\"web\"", "mcp.allowed_hosts");
        assertThat(result.get("turns").asInt()).isZero();
    }

    @Test
    void whatIsWrongIsToldWithItsField() {
        for (String[] wrong : new String[][] {
            {"{\"own\": 1}", "mcp_servers.own"},
            {"{\"own\": {}}", "mcp_servers.own.command"},
            {"{\"own\": {\"command\": \"x\", \"url\": \"y\"}}", "mcp_servers.own.command"},
            {"{\"own\": {\"type\": \"sse\", \"url\": \"https://example.com\"}}", "mcp_servers.own.type"},
            {"{\"own\": {\"url\": \"https://example.com\", \"headers\": {\"a\": 1}}}", "mcp_servers.own.headers"},
            {"{\"Own\": {\"command\": \"x\"}}", "mcp_servers"},
        }) {
            Answer answer = server.api().post("/agent/run", "{\"prompt\": \"a\", \"mcp_servers\": " + wrong[0] + "}");

            assertThat(answer.status()).as(answer.text()).isEqualTo(422);
            assertThat(answer.errorField()).isEqualTo(wrong[1]);
        }
    }
}
