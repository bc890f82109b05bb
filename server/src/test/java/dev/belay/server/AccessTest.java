package dev.belay.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.server.Api.Answer;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.KeyRequest;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.Workspace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who gets in, and what they see. */
class AccessTest {
    private static final String HI = "{\"prompt\": \"hi\", \"model\": \"scripted\"}";
    private static final String UNKNOWN_KEY = "blk_" + "a".repeat(43);

    private static RunningServer server;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aKeyComesAsBearerOrInItsOwnHeader() {
        assertThat(server.anonymous()
                        .with("Authorization", "Bearer " + server.key())
                        .run(HI)
                        .session())
                .isNotEmpty();
        assertThat(server.anonymous()
                        .with("Authorization", "bearer " + server.key())
                        .run(HI)
                        .session())
                .isNotEmpty();
        assertThat(server.anonymous().with("X-API-Key", server.key()).run(HI).session())
                .isNotEmpty();
    }

    @Test
    void withoutAKeyNothingIsToldButHowToSendOne() {
        Answer answer = server.anonymous().post("/agent/run", HI);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.errorCode()).isEqualTo("unauthenticated");
        assertThat(answer.errorMessage()).contains("Authorization: Bearer");
        assertThat(answer.http().headers().firstValue("WWW-Authenticate")).contains("Bearer");
    }

    @Test
    void aKeyThatIsNoneOpensNothing() {
        Api none = server.anonymous();
        String basic =
                "Basic " + Base64.getEncoder().encodeToString(("x:" + server.key()).getBytes(StandardCharsets.UTF_8));

        assertThat(none.with("Authorization", "Bearer " + UNKNOWN_KEY)
                        .post("/agent/run", HI)
                        .status())
                .isEqualTo(401);
        assertThat(none.with("Authorization", "Bearer").post("/agent/run", HI).status())
                .isEqualTo(401);
        assertThat(none.with("Authorization", basic).post("/agent/run", HI).status())
                .isEqualTo(401);
        assertThat(none.with("X-API-Key", "").post("/agent/run", HI).status()).isEqualTo(401);
    }

    @Test
    void twoDifferentKeysAreAContradiction() {
        assertThat(server.api()
                        .with("X-API-Key", UNKNOWN_KEY)
                        .post("/agent/run", HI)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aRevokedKeyOpensNothingAnyMore() {
        IssuedKey key = server.key(server.defaultWorkspace(), "to be revoked");
        server.api(key).run(HI).result();

        server.server()
                .belay()
                .tenancy()
                .revokeKey(local(server.defaultWorkspace()), key.key().id());

        assertThat(server.api(key).post("/agent/run", HI).status()).isEqualTo(401);
    }

    @Test
    void anExpiredKeyOpensNothingAnyMore() {
        Workspace workspace = server.defaultWorkspace();
        IssuedKey key = server.server()
                .belay()
                .tenancy()
                .createKey(
                        local(workspace),
                        new KeyRequest(
                                "short-lived",
                                workspace.id(),
                                EnumSet.allOf(Permission.class),
                                Optional.of(Instant.now().plusSeconds(2))));
        server.api(key).run(HI).result();

        await().atMost(Duration.ofSeconds(10))
                .until(() -> server.api(key).get("/agent/session/x/status").status() == 401);
    }

    @Test
    void aKeyThatEndsEndsItsStreamsAndSocketsAndNotTheTurn() {
        server.script("held", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 6"}}]}, {"text": "Done."}]}""");
        IssuedKey key = server.key(server.defaultWorkspace(), "to be ended");
        try (Api.Stream run =
                server.api(key).stream("POST", "/agent/run", "{\"prompt\": \"go\", \"model\": \"scripted:held\"}")) {
            String session = run.next().get("session_id").asString();
            try (SocketClient watcher = socket(key, session);
                    SocketClient speaker = socket(key, session)) {
                watcher.status("connected");
                speaker.status("connected");
                server.server()
                        .belay()
                        .tenancy()
                        .revokeKey(local(server.defaultWorkspace()), key.key().id());

                speaker.send("{\"type\": \"interrupt\"}");
                assertThat(speaker.next("error").get("code").asString()).isEqualTo("unauthenticated");
                assertThat(speaker.closed().code()).isEqualTo(1008);
                assertThat(watcher.closed().code()).isEqualTo(1008);
                List<JsonNode> told = run.toEnd().all();
                assertThat(told.getLast().get("message").asString()).startsWith("cut: this key");
                assertThat(told).noneMatch(line -> line.get("type").asString().equals("result"));
            }
            assertThat(server.api().events(session, "").result().get("status").asString())
                    .isEqualTo("success");
        }
    }

    private static SocketClient socket(IssuedKey key, String session) {
        return SocketClient.open(server.url(), "?session_id=" + session, "Authorization: Bearer " + key.secret());
    }

    private static Scope local(Workspace workspace) {
        return server.server().belay().tenancy().localScope(workspace.organisation(), workspace.id());
    }

    @Test
    void aKeyOpensOnlyWhatItsPermissionsSay() {
        Api reader = server.api(server.key(server.defaultWorkspace(), "reader", EnumSet.of(Permission.READ)));
        Api runner = server.api(server.key(server.defaultWorkspace(), "runner", EnumSet.of(Permission.RUN)));

        Answer refused = reader.post("/agent/run", HI);
        String session = runner.run(HI).session();

        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.errorMessage()).contains("\"run\"");
        assertThat(runner.get("/agent/session/" + session + "/status").status()).isEqualTo(403);
        assertThat(runner.get("/agent/session/" + session + "/events").status()).isEqualTo(403);
        assertThat(reader.get("/agent/session/" + session + "/status").status()).isEqualTo(200);
    }

    @Test
    void everyWorkspaceSeesItsOwnSessionsAndNoOthers() {
        Map<Api, String> sessions = new LinkedHashMap<>();
        for (String name : new String[] {"Acorn", "Birch"}) {
            Organisation organisation = server.organisation(name);
            for (String workspace : new String[] {"one", "two"}) {
                Api api = server.api(server.key(server.workspace(organisation, workspace), name + " " + workspace));
                sessions.put(api, api.run(HI).session());
            }
        }

        sessions.forEach((api, own) -> sessions.values().forEach(session -> {
            Answer status = api.get("/agent/session/" + session + "/status");
            Answer events = api.get("/agent/session/" + session + "/events");
            if (session.equals(own)) {
                assertThat(status.status()).isEqualTo(200);
                assertThat(events.status()).isEqualTo(200);
            } else {
                String unknown = "00000000-0000-7000-8000-000000000000";
                assertThat(status.status()).isEqualTo(404);
                assertThat(events.status()).isEqualTo(404);
                assertThat(status.text().replace(session, unknown))
                        .isEqualTo(
                                api.get("/agent/session/" + unknown + "/status").text());
            }
        }));
    }

    @Test
    void aWorkspacesProjectDirectoriesAreItsOwn() {
        server.script("leaves", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "echo secret > /workspace/shop/left"}}]}, {"text": "left"}]}""");
        server.script("looks", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "ls -la /workspace/shop"}}]}, {"text": "looked"}]}""");
        Organisation organisation = server.organisation("Cedar");
        Api one = server.api(server.key(server.workspace(organisation, "one"), "one"));
        Api two = server.api(server.key(server.workspace(organisation, "two"), "two"));

        one.run("{\"prompt\": \"go\", \"model\": \"scripted:leaves\", \"working_dir\": \"/workspace/shop\"}")
                .result();
        String seen = two.run(
                        "{\"prompt\": \"go\", \"model\": \"scripted:looks\", \"working_dir\": \"/workspace/shop\"}")
                .of("tool_result")
                .getFirst()
                .get("output")
                .asString();

        assertThat(seen).doesNotContain("left");
    }

    @Test
    void aKeyThatStandsInAPromptIsNotRepeated() {
        Lines lines = server.api()
                .run("{\"prompt\": \"my key is " + UNKNOWN_KEY
                        + "\", \"model\": \"scripted\", \"stream_deltas\": true}");

        assertThat(lines.texts()).noneMatch(line -> line.contains(UNKNOWN_KEY));
        assertThat(lines.result().get("summary").asString()).contains("[redacted");
        assertThat(server.api()
                        .get("/agent/session/" + lines.session() + "/status")
                        .text())
                .doesNotContain(UNKNOWN_KEY);
    }

    @Test
    void aKeyThatStandsWhereItDoesNotBelongIsNotRepeated() {
        Answer model = server.api().post("/agent/run", "{\"prompt\": \"a\", \"model\": \"" + UNKNOWN_KEY + "\"}");
        Answer field = server.api().post("/agent/run", "{\"prompt\": \"a\", \"" + UNKNOWN_KEY + "\": 1}");
        Answer path = server.api().get("/agent/" + UNKNOWN_KEY);

        assertThat(model.text() + field.text() + path.text()).doesNotContain(UNKNOWN_KEY);
    }

    @Test
    void secretsOfTheServersEnvironmentAreNotRepeated(@TempDir Path data) {
        ServerOptions options = new ServerOptions(
                RunningServer.configuration(data, Map.of()),
                Map.of(
                        "SOME_API_KEY",
                        "correct-horse-battery",
                        "DB_PASSWORD",
                        "staple-staple",
                        "HOME",
                        "/not/a/secret"),
                true);
        try (BelayServer other = BelayServer.start(options)) {
            Lines lines = new Api(other.url(), Map.of()).run("""
                    {"prompt": "correct-horse-battery and staple-staple in /not/a/secret", "model": "scripted", "stream_deltas": true}""");

            assertThat(String.join("\n", lines.texts()))
                    .doesNotContain("correct-horse-battery")
                    .doesNotContain("staple-staple")
                    .contains("/not/a/secret");
            assertThat(lines.result().get("summary").asString()).contains("[redacted SOME_API_KEY]");
        }
    }
}
