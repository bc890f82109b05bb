package dev.belay.agent.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.belay.agent.dial.Dialler;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.Secret;
import dev.belay.api.SecretsInUse;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Servers over streamable HTTP: one on the official SDK, and some that misbehave. All on loopback, which the tests allow. */
class HttpServersTest {
    private static final String KEY = "Bearer abcdefgh-1234567890";
    private static final JacksonMcpJsonMapper JSON = new JacksonMcpJsonMapper(JsonMapper.shared());

    private final SecretsInUse inUse = new SecretsInUse();
    private final ToolContext context = new ToolContext(
            () -> {
                throw new IllegalStateException("no tool of a server elsewhere needs a sandbox");
            },
            "/workspace");
    private final Map<String, String> seen = new ConcurrentHashMap<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private Optional<Server> jetty = Optional.empty();
    private Optional<com.sun.net.httpserver.HttpServer> plain = Optional.empty();
    private Optional<McpSyncServer> official = Optional.empty();

    @TempDir
    private Path scratch;

    @AfterEach
    void stop() throws Exception {
        release.countDown();
        official.ifPresent(McpSyncServer::close);
        if (jetty.isPresent()) {
            jetty.get().stop();
        }
        plain.ifPresent(server -> server.stop(0));
    }

    private McpServers servers(String url, Duration call) {
        return new McpServers(
                List.of(new McpServer.Http("web", URI.create(url), Map.of("Authorization", KEY))),
                new McpServers.Parts(
                        new McpSettings(Duration.ofSeconds(10), call, Duration.ofHours(1)),
                        new Dialler(Set.of("127.0.0.1")),
                        inUse),
                1);
    }

    private McpServers servers(String url) {
        return servers(url, Duration.ofSeconds(20));
    }

    private ToolOutcome call(List<Tool> tools, String name, Map<String, Object> arguments) throws InterruptedException {
        return tools.stream()
                .filter(tool -> tool.name().equals(name))
                .findFirst()
                .orElseThrow()
                .call(new ToolInput(arguments), context);
    }

    private static McpSchema.CallToolResult text(String text) {
        return McpSchema.CallToolResult.builder(List.<McpSchema.Content>of(
                        McpSchema.TextContent.builder(text).build()))
                .build();
    }

    private static McpSchema.Tool tool(String name) {
        return McpSchema.Tool.builder(name, Map.of("type", "object")).build();
    }

    /** The official server, with the tools greet and slow; returns its address. */
    private String startOfficial() throws Exception {
        return startOfficial(0);
    }

    private String startOfficial(int port) throws Exception {
        var transport = HttpServletStreamableServerTransportProvider.builder()
                .jsonMapper(JSON)
                .mcpEndpoint("/mcp")
                .build();
        official = Optional.of(io.modelcontextprotocol.server.McpServer.sync(transport)
                .serverInfo("official", "1")
                .jsonMapper(JSON)
                .capabilities(McpSchema.ServerCapabilities.builder().tools(true).build())
                .toolCall(
                        tool("greet"),
                        (_, request) -> text("hello " + request.arguments().get("name")))
                .toolCall(tool("slow"), (_, _) -> {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return text("late");
                })
                .build());
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        ServletContextHandler servlets = new ServletContextHandler();
        servlets.addServlet(new ServletHolder(transport), "/mcp");
        servlets.addFilter(
                (request, response, chain) -> {
                    HttpServletRequest http = (HttpServletRequest) request;
                    seen.put("authorization", String.valueOf(http.getHeader("Authorization")));
                    seen.put("depth", String.valueOf(http.getHeader(McpServers.DEPTH_HEADER)));
                    seen.put(http.getMethod(), String.valueOf(http.getHeader("Mcp-Session-Id")));
                    chain.doFilter(request, response);
                },
                "/*",
                null);
        server.setHandler(servlets);
        server.start();
        jetty = Optional.of(server);
        return "http://127.0.0.1:" + connector.getLocalPort() + "/mcp";
    }

    /** A server that answers as the test says. */
    private String startPlain(HttpHandler handler) throws IOException {
        var server =
                com.sun.net.httpserver.HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                handler.handle(exchange);
            }
        });
        server.start();
        plain = Optional.of(server);
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/mcp";
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** Speaks just enough for one tool, all in plain JSON; what a call of it gets is up to the caller. */
    private static void minimal(HttpExchange exchange, HttpHandler onCall) throws IOException {
        var message = JsonMapper.shared().readTree(exchange.getRequestBody());
        String id = message.path("id").asString("");
        String result = switch (message.path("method").asString("")) {
            case "initialize" ->
                "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{\"tools\":{}},"
                        + "\"serverInfo\":{\"name\":\"m\",\"version\":\"1\"}}";
            case "tools/list" -> "{\"tools\":[{\"name\":\"it\",\"inputSchema\":{\"type\":\"object\"}}]}";
            case "tools/call" -> "";
            default -> "none";
        };
        if (result.isEmpty()) {
            onCall.handle(exchange);
        } else if (result.equals("none")) {
            answer(exchange, 202, "text/plain", "");
        } else {
            answer(
                    exchange,
                    200,
                    "application/json",
                    "{\"jsonrpc\":\"2.0\",\"id\":\"" + id + "\",\"result\":" + result + "}");
        }
    }

    @Test
    void theOfficialServersToolsAreToolsOfTheAgent() throws Exception {
        String url = startOfficial();
        try (McpServers servers = servers(url)) {
            List<Tool> tools = servers.tools(context);

            assertThat(tools).extracting(Tool::name).containsExactly("mcp__web__greet", "mcp__web__slow");
            assertThat(call(tools, "mcp__web__greet", Map.of("name", "you"))).isEqualTo(ToolOutcome.of("hello you"));
            assertThat(seen).containsEntry("authorization", KEY).containsEntry("depth", "2");
            assertThat(inUse.secrets()).extracting(Secret::value).containsExactly("abcdefgh-1234567890");
        }
    }

    @Test
    void itsSessionIsGivenBackAndNoConnectionOrThreadIsLeft() throws Exception {
        String url = startOfficial();
        ServerConnector connector = (ServerConnector) jetty.orElseThrow().getConnectors()[0];
        try (McpServers servers = servers(url)) {
            servers.tools(context);
        }

        assertThat(seen.get("DELETE")).isEqualTo(seen.get("POST")).isNotEqualTo("null");
        assertThat(seen).doesNotContainKey("GET");
        assertThat(OpenThreads.names(scratch)).isEmpty();
        await().until(() -> connector.getConnectedEndPoints().isEmpty());
    }

    @Test
    void toolsThatAreNewAreThereInTheNextTurn() throws Exception {
        String url = startOfficial();
        try (McpServers servers = servers(url)) {
            servers.tools(context);
            official.orElseThrow()
                    .addTool(io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification.builder()
                            .tool(tool("new"))
                            .callHandler((_, _) -> text("new"))
                            .build());

            assertThat(call(servers.tools(context), "mcp__web__new", Map.of()).output())
                    .isEqualTo("new");
        }
    }

    @Test
    void aCallThatTakesTooLongEndsAndLeavesNothingOpen() throws Exception {
        String url = startOfficial();
        try (McpServers servers = servers(url, Duration.ofSeconds(1))) {
            List<Tool> tools = servers.tools(context);

            assertThat(call(tools, "mcp__web__slow", Map.of()).output()).contains("within 1 s");
            await().until(() -> OpenThreads.names(scratch).isEmpty());
            assertThat(call(tools, "mcp__web__greet", Map.of("name", "you")).output())
                    .isEqualTo("hello you");
        }
    }

    @Test
    void aServerThatForgotTheSessionIsAskedForANewOneByTheNextCall() throws Exception {
        String url = startOfficial();
        try (McpServers servers = servers(url)) {
            List<Tool> tools = servers.tools(context);
            String before = seen.get("POST");
            official.orElseThrow().closeGracefully();
            stop();
            startOfficial(URI.create(url).getPort());

            ToolOutcome lost = call(tools, "mcp__web__greet", Map.of("name", "you"));
            assertThat(lost.error()).isTrue();
            assertThat(call(tools, "mcp__web__greet", Map.of("name", "you")).output())
                    .isEqualTo("hello you");
            assertThat(seen.get("POST")).isNotEqualTo(before);
        }
    }

    @Test
    void answersInPlainJsonAndPathsThatMoveAreFine() throws Exception {
        String url = startPlain(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/mcp")) {
                exchange.getResponseHeaders().set("Location", "/mcp/");
                exchange.sendResponseHeaders(307, -1);
            } else {
                minimal(exchange, to -> answer(to, 200, "application/json", "[]"));
            }
        });
        try (McpServers servers = servers(url)) {
            assertThat(servers.tools(context)).extracting(Tool::name).containsExactly("mcp__web__it");
        }
    }

    @Test
    void aRedirectToAnotherHostIsNotFollowedWithTheHeaders() throws Exception {
        String url = startPlain(exchange -> {
            exchange.getResponseHeaders().set("Location", "http://127.0.0.2:1/steal");
            exchange.sendResponseHeaders(308, -1);
        });
        try (McpServers servers = servers(url)) {
            assertThatThrownBy(() -> servers.tools(context))
                    .isInstanceOf(McpException.class)
                    .hasMessageContaining("http://127.0.0.2:1");
        }
    }

    @Test
    void whatAServerRefusesIsTold() throws Exception {
        String url = startPlain(exchange -> answer(exchange, 401, "text/plain", "who are you?"));
        try (McpServers servers = servers(url)) {
            assertThatThrownBy(() -> servers.tools(context))
                    .isInstanceOf(McpException.class)
                    .hasMessageContaining("\"web\"")
                    .hasMessageContaining("401 who are you?")
                    .hasMessageNotContaining(KEY);
        }
    }

    @Test
    void anAnswerThatIsCutOrTooLargeIsAnErrorOfTheCall() throws Exception {
        for (String body : List.of("{\"jsonrpc\":", "\"" + "x".repeat(Wire.LARGEST_MESSAGE) + "\"")) {
            String url = startPlain(exchange -> minimal(exchange, to -> answer(to, 200, "application/json", body)));
            try (McpServers servers = servers(url)) {
                ToolOutcome outcome = call(servers.tools(context), "mcp__web__it", Map.of());

                assertThat(outcome.error()).isTrue();
                assertThat(outcome.output()).containsAnyOf("without an answer", "more than 4194304 bytes");
            }
            plain.orElseThrow().stop(0);
        }
    }

    @Test
    void anAddressOfThisMachineIsNotDialledUnlessItIsAllowed() throws Exception {
        String url = startOfficial();
        McpServers servers = new McpServers(
                List.of(new McpServer.Http("web", URI.create(url), Map.of())),
                new McpServers.Parts(McpSettings.DEFAULT, new Dialler(Set.of()), inUse),
                0);
        try (servers) {
            assertThatThrownBy(() -> servers.tools(context))
                    .isInstanceOf(McpException.class)
                    .hasMessageContaining("mcp.allowed_hosts");
        }
        assertThat(seen).isEmpty();
    }
}
