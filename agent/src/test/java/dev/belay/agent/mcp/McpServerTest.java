package dev.belay.agent.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.agent.dial.Dialler;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Secret;
import dev.belay.api.SecretsInUse;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request may say of an MCP server. */
class McpServerTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "A", "a b", "sandbox", "a__b", "abcdefghijklmnopqrstuvwxyz0123456"})
    void aNameThatIsNoneIsRefused(String name) {
        assertThatThrownBy(() -> new McpServer.Stdio(name, "x", List.of(), Map.of()))
                .isInstanceOf(InvalidRequestException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://example.com", "/mcp", "http:///x", "https://user:pass@example.com", "http://example.com:0"
            })
    void anAddressThatIsNoneIsRefused(String url) {
        assertThatThrownBy(() -> new McpServer.Http("a", URI.create(url), Map.of()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("mcp_servers.a.url");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "content-length", "Mcp-Session-Id", "X-Belay-Depth", "a b", "a:b", ""})
    void aHeaderThatTheProtocolSetsIsRefused(String header) {
        assertThatThrownBy(() -> new McpServer.Http("a", URI.create("https://example.com"), Map.of(header, "x")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("mcp_servers.a.headers");
    }

    @Test
    void aValueThatWouldBreakOutOfItsHeaderIsRefusedAndNotRecited() {
        assertThatThrownBy(() -> new McpServer.Http(
                        "a", URI.create("https://example.com"), Map.of("X-Key", "tellNobody\r\nHost: other")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageNotContaining("tellNobody");
    }

    @Test
    void onlyWhatLooksLikeAKeyIsKeptFromBeingShown() {
        McpServer server = new McpServer.Stdio(
                "a", "x", List.of(), Map.of("MODE", "production-like", "TOKEN", "ghp_0123456789abc"));

        assertThat(server.secrets()).containsExactly(new Secret("a TOKEN", "ghp_0123456789abc"));
        assertThat(new McpServer.Http(
                                "a", URI.create("https://example.com"), Map.of("Authorization", "Bearer ghp_012345678"))
                        .secrets())
                .extracting(Secret::value)
                .containsExactly("ghp_012345678");
    }

    @Test
    void thereAreOnlySoManyAndOnlyOneOfAName() {
        McpServers.Parts parts = new McpServers.Parts(McpSettings.DEFAULT, new Dialler(Set.of()), new SecretsInUse());
        List<McpServer> many = IntStream.rangeClosed(0, McpServer.MOST)
                .<McpServer>mapToObj(i -> new McpServer.Stdio("s" + i, "x", List.of(), Map.of()))
                .toList();

        assertThatThrownBy(() -> new McpServers(many, parts, 0)).hasMessageContaining("at most 16");
        assertThatThrownBy(() -> new McpServers(List.of(many.get(0), many.get(0)), parts, 0))
                .hasMessageContaining("the same name");
    }
}
