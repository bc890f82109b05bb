package dev.belay.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConfigurationException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dev mode lets the developer in without a key, and nobody else. */
class DevModeTest {
    private static final String HI = "{\"prompt\": \"hi\", \"model\": \"scripted\"}";

    private static RunningServer server;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.startDev(data);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String statusLine(String... headers) {
        try (RawClient client = RawClient.to(server.url())) {
            return client.send("POST /agent/run", HI, headers).readTo("HTTP/1.1");
        }
    }

    private static String port() {
        return ":" + URI.create(server.url()).getPort();
    }

    @Test
    void noKeyIsNeeded() {
        assertThat(server.anonymous().run(HI).result().get("status").asString()).isEqualTo("success");
    }

    @Test
    void aKeyThatIsSentIsStillChecked() {
        Api wrong = server.anonymous().with("X-API-Key", "blk_" + "a".repeat(43));

        assertThat(wrong.post("/agent/run", HI).status()).isEqualTo(401);
        Api known = server.api(server.key(server.defaultWorkspace(), "sent"));
        assertThat(known.run(HI).result().get("status").asString()).isEqualTo("success");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "127.1.2.3", "[::1]"})
    void itIsAddressedAsThisMachine(String host) {
        assertThat(statusLine("Host: " + host + port())).contains(" 200 ");
        assertThat(statusLine("Host: " + host)).contains(" 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "127.0.0.1.example.com", "localhost.example.com", "192.0.2.1", "0.0.0.0"})
    void aNameThatMayPointAnywhereIsNotThisMachine(String host) {
        assertThat(statusLine("Host: " + host + port())).contains(" 401 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://example.com", "null", "http://localhost:1", "https://localhost"})
    void aPageFromElsewhereDoesNotGetIn(String origin) {
        assertThat(statusLine("Host: localhost" + port(), "Origin: " + origin)).contains(" 401 ");
    }

    @Test
    void aPageOfThisServerGetsIn() {
        assertThat(statusLine("Host: localhost" + port(), "Origin: http://localhost" + port()))
                .contains(" 200 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For: 127.0.0.1",
                "X-Forwarded-Host: localhost",
                "Forwarded: for=127.0.0.1",
                "Via: 1.1 proxy",
                "X-Real-IP: 127.0.0.1"
            })
    void whatCameThroughAProxyIsNotFromThisMachine(String header) {
        assertThat(statusLine("Host: localhost" + port(), header)).contains(" 401 ");
    }

    @Test
    void administrationStaysClosed() {
        assertThat(server.anonymous().get("/belay/v1/organisations").status()).isEqualTo(401);
    }

    @Test
    void itIsRefusedOffLoopback(@TempDir Path data) {
        ServerOptions options = new ServerOptions(
                RunningServer.configuration(data.resolve("unused"), Map.of("server.host", "0.0.0.0")), Map.of(), true);

        assertThatThrownBy(() -> BelayServer.start(options))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("--dev")
                .hasMessageContaining("0.0.0.0");
        assertThat(Files.exists(data.resolve("unused"))).isFalse();
    }
}
