package dev.belay.agent.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.dial.Dialler;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import dev.belay.api.Secret;
import dev.belay.api.SecretsInUse;
import dev.belay.sandbox.ExecSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Programs that speak MCP, in a real sandbox. */
@ExtendWith(ToolSessions.class)
class StdioServersTest {
    private static final String SECRET = "s3cret-token-of-a-test";

    private final SecretsInUse inUse = new SecretsInUse();

    @TempDir
    private Path scratch;

    private McpServers servers(ToolSession session, Duration call, McpServer... servers) throws IOException {
        try (InputStream script = StdioServersTest.class.getResourceAsStream("/mcp/server.py")) {
            session.put("/workspace/server.py", script.readAllBytes());
        }
        return new McpServers(
                List.of(servers),
                new McpServers.Parts(
                        new McpSettings(Duration.ofSeconds(30), call, Duration.ofHours(1)),
                        new Dialler(Set.of()),
                        inUse),
                0);
    }

    private McpServers servers(ToolSession session) throws IOException {
        return servers(session, Duration.ofSeconds(30), python("py"));
    }

    private static McpServer python(String name) {
        return new McpServer.Stdio(name, "python3", List.of("server.py"), Map.of("API_TOKEN", SECRET));
    }

    private static ToolOutcome call(List<Tool> tools, ToolSession session, String name, Map<String, Object> arguments)
            throws InterruptedException {
        return tools.stream()
                .filter(tool -> tool.name().equals(name))
                .findFirst()
                .orElseThrow()
                .call(new ToolInput(arguments), session.context());
    }

    private static List<String> names(List<Tool> tools) {
        return tools.stream().map(Tool::name).toList();
    }

    /** How many of the programs run. */
    private static int processes(ToolSession session) throws InterruptedException {
        return Integer.parseInt(session.sandbox()
                .run(ExecSpec.shell("cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -c '^server.py$'"))
                .stdout()
                .text()
                .strip());
    }

    @Test
    void itsToolsAreToolsOfTheAgent(ToolSession session) throws Exception {
        try (McpServers servers = servers(session)) {
            List<Tool> tools = servers.tools(session.context());

            assertThat(names(tools)).contains("mcp__py__add", "mcp__py__env", "mcp__py__odd_name_");
            assertThat(tools.getFirst().description()).isEqualTo("does add");
            assertThat(tools.getFirst().inputSchema().text()).contains("\"required\":[\"a\",\"b\"]");
            assertThat(call(tools, session, "mcp__py__add", Map.of("a", 2L, "b", 40L)))
                    .isEqualTo(ToolOutcome.of("42"));
            assertThat(call(tools, session, "mcp__py__odd_name_", Map.of()).output())
                    .isEqualTo("odd");
        }
    }

    @Test
    void whatAServerSaysOfItselfMakesNoToolHarmless(ToolSession session) throws Exception {
        try (McpServers servers = servers(session)) {
            assertThat(servers.tools(session.context())).noneMatch(Tool::readsOnly);
        }
    }

    @Test
    void itRunsInTheSandboxWithItsVariablesAndTheyAreKnownAsSecrets(ToolSession session) throws Exception {
        try (McpServers servers = servers(session)) {
            List<Tool> tools = servers.tools(session.context());

            assertThat(call(tools, session, "mcp__py__env", Map.of("name", "API_TOKEN"))
                            .output())
                    .isEqualTo(SECRET + " /workspace");
            assertThat(inUse.secrets()).extracting(Secret::value).containsExactly(SECRET);
        }
        assertThat(inUse.secrets()).isEmpty();
        assertThat(python("py").toString()).doesNotContain(SECRET);
    }

    @Test
    void picturesTextsAndDataReachTheModelAndLongOnesAreCut(ToolSession session) throws Exception {
        try (McpServers servers = servers(session)) {
            List<Tool> tools = servers.tools(session.context());

            ToolOutcome picture = call(tools, session, "mcp__py__picture", Map.of());
            assertThat(picture.output())
                    .contains("here", "image/png, 1 x 1 pixels", "no image or document", "inside", "file:///b.txt");
            assertThat(picture.attachments()).hasSize(1);
            assertThat(picture.attachments().getFirst().mediaType()).isEqualTo("image/png");

            ToolOutcome big = call(tools, session, "mcp__py__big", Map.of());
            assertThat(big.output())
                    .hasSizeLessThan(101_000)
                    .startsWith("<xx")
                    .endsWith("xx>")
                    .contains("bytes cut");
            assertThat(big.truncatedBytes()).isGreaterThan(390_000);

            assertThat(call(tools, session, "mcp__py__data", Map.of()).output()).isEqualTo("{\"answer\":42}");
        }
    }

    @Test
    void errorsAreForTheModel(ToolSession session) throws Exception {
        try (McpServers servers = servers(session)) {
            List<Tool> tools = servers.tools(session.context());

            ToolOutcome refused = call(tools, session, "mcp__py__refuse", Map.of());
            assertThat(refused.error()).isTrue();
            assertThat(refused.output()).isEqualTo("there is no such thing");

            ToolOutcome wrong = call(tools, session, "mcp__py__wrong", Map.of());
            assertThat(wrong.error()).isTrue();
            assertThat(wrong.output()).contains("\"py\"", "no tool wrong");
        }
    }

    @Test
    void aCallThatTakesTooLongIsCancelledAtTheServer(ToolSession session) throws Exception {
        try (McpServers servers = servers(session, Duration.ofSeconds(2), python("py"))) {
            List<Tool> tools = servers.tools(session.context());

            ToolOutcome slow = call(tools, session, "mcp__py__slow", Map.of());

            assertThat(slow.error()).isTrue();
            assertThat(slow.output()).contains("within 2 s", "cancelled");
            assertThat(call(tools, session, "mcp__py__cancelled", Map.of()).output())
                    .isEqualTo("1");
        }
    }

    @Test
    void aTurnThatStopsCancelsTheCall(ToolSession session) throws Exception {
        try (McpServers servers = servers(session)) {
            List<Tool> tools = servers.tools(session.context());
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread turn = Thread.ofVirtual().start(() -> {
                try {
                    call(tools, session, "mcp__py__slow", Map.of());
                } catch (InterruptedException e) {
                    thrown.set(e);
                }
            });
            await().until(() -> session.sandbox().files().list("/workspace", 1, 100).entries().stream()
                    .anyMatch(file -> file.path().endsWith("/slow")));

            turn.interrupt();
            turn.join();

            assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
            await().until(() -> call(tools, session, "mcp__py__cancelled", Map.of())
                    .output()
                    .equals("1"));
        }
    }

    @Test
    void aServerThatDiesIsAnErrorAndIsThereForTheNextCall(ToolSession session) throws Exception {
        try (McpServers servers = servers(session)) {
            List<Tool> tools = servers.tools(session.context());

            ToolOutcome died = call(tools, session, "mcp__py__die", Map.of());

            assertThat(died.error()).isTrue();
            assertThat(died.output()).contains("exit code 7", "out of ideas", "unknown");
            assertThat(call(tools, session, "mcp__py__add", Map.of("a", 1L, "b", 2L)))
                    .isEqualTo(ToolOutcome.of("3"));
        }
    }

    @Test
    void toolsThatAreNewAreThereInTheNextTurn(ToolSession session) throws Exception {
        try (McpServers servers = servers(session)) {
            List<Tool> before = servers.tools(session.context());
            call(before, session, "mcp__py__grow", Map.of());

            assertThat(names(before)).doesNotContain("mcp__py__grown");
            assertThat(names(servers.tools(session.context()))).contains("mcp__py__grown");
        }
    }

    @Test
    void severalServersAreOpenAtOnceAndNothingIsLeftOfThem(ToolSession session) throws Exception {
        try (McpServers servers = servers(
                session,
                Duration.ofSeconds(30),
                Stream.of("a", "b", "c").map(StdioServersTest::python).toArray(McpServer[]::new))) {
            assertThat(names(servers.tools(session.context()))).contains("mcp__a__add", "mcp__b__add", "mcp__c__add");
            assertThat(processes(session)).isEqualTo(3);
            assertThat(OpenThreads.names(scratch)).isNotEmpty();
        }
        assertThat(processes(session)).isZero();
        assertThat(OpenThreads.names(scratch)).isEmpty();
    }

    @Test
    void whatIsNoServerIsToldByName(ToolSession session) throws Exception {
        for (McpServer bad : List.of(
                new McpServer.Stdio("bad", "no-such-program", List.of(), Map.of()),
                new McpServer.Stdio("bad", "sh", List.of("-c", "echo oh no >&2; exit 3"), Map.of()),
                new McpServer.Stdio("bad", "sh", List.of("-c", "yes x | tr -d '\\n'"), Map.of()))) {
            try (McpServers servers = servers(session, Duration.ofSeconds(30), bad)) {
                assertThatThrownBy(() -> servers.tools(session.context()))
                        .isInstanceOf(McpException.class)
                        .hasMessageContaining("\"bad\"")
                        .message()
                        .containsAnyOf("no-such-program", "oh no", "more than 4194304 bytes");
            }
        }
        assertThat(OpenThreads.names(scratch)).isEmpty();
    }

    @Test
    void aServerThatSaysNothingIsWaitedForOnlySoLong(ToolSession session) {
        McpServers servers = new McpServers(
                List.of(new McpServer.Stdio("mute", "sleep", List.of("60"), Map.of())),
                new McpServers.Parts(
                        new McpSettings(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofHours(1)),
                        new Dialler(Set.of()),
                        inUse),
                0);
        try (servers) {
            assertThatThrownBy(() -> servers.tools(session.context()))
                    .isInstanceOf(McpException.class)
                    .hasMessageContaining("did not answer in time");
        }
    }
}
