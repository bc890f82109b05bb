package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.RunningServer;
import dev.belay.server.SocketClient;
import dev.belay.tenancy.IssuedKey;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A key that begins too much gets 429 and when to come back; nothing of it was begun (contract: Cloud Agent 1.2 row 38, 1.3). */
class RateLimitTest {
    private static final String HI = "{\"prompt\": \"hi\", \"model\": \"scripted\"}";

    private static RunningServer server;
    private static int keys;

    @BeforeAll
    static void start(@TempDir Path data) {
        // One begin in a hundred seconds, so that no test waits for luck.
        server = RunningServer.start(data, Map.of("limits.starts_per_s", "0.01", "limits.starts_burst", "2"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static IssuedKey key() {
        return server.key(server.defaultWorkspace(), "limited " + keys++);
    }

    private static void assertRefused(Api.Answer answer) {
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.errorCode()).isEqualTo("rate_limited");
        assertThat(answer.errorMessage()).contains("limits.starts_per_s").contains("try again in");
        assertThat(answer.json().get("detail").asString()).isEqualTo(answer.errorMessage());
        assertThat(Long.parseLong(
                        answer.http().headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1L, 100L);
    }

    @Test
    void aRunASessionAndAMessageCountTogetherAndReadingDoesNot() {
        Api api = server.api(key());
        String session =
                api.post("/agent/session", "{}").json().get("session_id").asString();
        api.run(HI).result();

        assertRefused(api.post("/agent/run", HI));
        assertRefused(api.post("/agent/session", "{}"));
        assertRefused(api.post("/agent/session/" + session + "/message", "{\"prompt\": \"hi\"}"));
        assertRefused(api.post("/agent/session/" + session + "/fork", "{}"));
        assertThat(api.status(session).get("turns").asInt()).isZero();
        assertThat(api.get("/agent/sessions").status()).isEqualTo(200);
        assertThat(api.post("/agent/session/" + session + "/interrupt", "").status())
                .isEqualTo(200);
    }

    @Test
    void anotherKeyIsNotHeldUp() {
        Api api = server.api(key());
        api.run(HI).result();
        api.run(HI).result();
        assertRefused(api.post("/agent/run", HI));

        assertThat(server.api(key()).run(HI).result().get("status").asString()).isEqualTo("success");
    }

    @Test
    void aSocketIsToldSoAndStaysOpen() {
        IssuedKey key = key();
        Api api = server.api(key);
        String session =
                api.post("/agent/session", "{}").json().get("session_id").asString();
        api.run(HI).result();
        try (SocketClient client =
                SocketClient.open(server.url(), "?session_id=" + session, "Authorization: Bearer " + key.secret())) {
            client.status("connected");
            client.send("{\"type\": \"message\", \"prompt\": \"hi\", \"client_id\": \"c\"}");

            JsonNode error = client.next("error");

            assertThat(error.get("code").asString()).isEqualTo("rate_limited");
            assertThat(error.get("client_id").asString()).isEqualTo("c");
            client.send("{\"type\": \"ping\"}");
            client.next("pong");
        }
    }
}
