package dev.belay.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.process.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The official Python client of the Model Context Protocol, as it was published, against {@code /mcp} of a server with keys. */
class McpClientTest {
    private static final String CONNECT = """
            import asyncio, os
            import httpx2
            from mcp import Client
            from mcp.client.streamable_http import streamable_http_client

            URL = os.environ["BELAY_URL"] + "/mcp"

            async def with_client(work, key=os.environ["BELAY_KEY"]):
                async with httpx2.AsyncClient(headers={"Authorization": "Bearer " + key}) as connection:
                    async with Client(streamable_http_client(URL, http_client=connection)) as client:
                        return await work(client)
            """;

    @AutoClose
    private static ServerProcess server;

    private static PythonClient python;

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        python = PythonClient.installed();
        Files.writeString(
                Files.createDirectories(data.resolve("scripts")).resolve("quick.json"),
                "{\"steps\": [{\"text\": \"done\"}, {\"text\": \"done again\"}]}");
        server = ServerProcess.startWithKeys(data);
        Administrator administrator = Administrator.of(server, data);
        administrator.workspace("mcp");
        python = python.with("BELAY_URL", server.url())
                .with(
                        "BELAY_KEY",
                        administrator.key("mcp", "run", "read", "sandbox").secret())
                .with("READER", administrator.key("mcp", "read").secret());
    }

    @Test
    void sandboxesAndAgentsAreToolsOfTheOfficialClient() throws Exception {
        JsonNode told = python.run(CONNECT + """
                async def work(client):
                    tools = await client.list_tools()
                    tell(tools=[tool.name for tool in tools.tools])
                    made = (await client.call_tool("create_sandbox", {})).structured_content
                    ran = await client.call_tool("exec", {"sandboxId": made["id"], "command": "echo hi; sleep 4; exit 3"})
                    tell(ran=ran.structured_content, error=ran.is_error)
                    await client.call_tool("destroy_sandbox", {"sandboxId": made["id"]})
                    run = (await client.call_tool("run_agent", {"prompt": "go", "model": "scripted:quick"})).structured_content
                    more = await client.call_tool("send_message", {"session_id": run["session_id"], "prompt": "more"})
                    status = await client.call_tool("session_status", {"session_id": run["session_id"]})
                    tell(run=run["summary"], more=more.structured_content["summary"], turns=status.structured_content["turns"])
                    wrong = await client.call_tool("exec", {"sandboxId": "none", "command": "true"})
                    tell(wrong=[wrong.is_error, wrong.content[0].text])
                asyncio.run(with_client(work))
                """);

        assertThat(told.get("tools").valueStream().map(JsonNode::asString))
                .contains("create_sandbox", "exec", "run_agent", "session_events");
        assertThat(told.at("/ran/exitCode").asInt()).isEqualTo(3);
        assertThat(told.at("/ran/result").asString()).isEqualTo("hi\n");
        assertThat(told.get("error").asBoolean()).isFalse();
        assertThat(told.get("run").asString()).isEqualTo("done");
        assertThat(told.get("more").asString()).isEqualTo("done again");
        assertThat(told.get("turns").asInt()).isEqualTo(2);
        assertThat(told.at("/wrong/0").asBoolean()).isTrue();
        assertThat(told.at("/wrong/1").asString()).contains("there is no sandbox none");
    }

    @Test
    void aKeyOpensWhatItsPermissionsSayAndNoKeyOpensNothing() throws Exception {
        JsonNode told = python.run(CONNECT + """
                async def work(client):
                    refused = await client.call_tool("create_sandbox", {})
                    return [refused.is_error, refused.content[0].text]
                tell(reader=asyncio.run(with_client(work, os.environ["READER"])))
                tell(nobody=refusal(lambda: asyncio.run(with_client(work, "blk_wrong"))))
                """);

        assertThat(told.at("/reader/0").asBoolean()).isTrue();
        assertThat(told.at("/reader/1").asString()).contains("lacks the permission");
        assertThat(told.get("nobody").asString()).isNotEqualTo("none");
    }
}
