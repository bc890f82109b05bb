package dev.belay.server.codegraff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.Permission;
import dev.belay.server.Api;
import dev.belay.server.Api.Answer;
import dev.belay.server.RawClient;
import dev.belay.server.RunningServer;
import dev.belay.server.http.Json;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.Workspace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SandboxFaceTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("limits.body_bytes", "1000000", "sandbox.upload_bytes", "3000000"));
        api = server.api();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String create() {
        return create("{}");
    }

    private static String create(String body) {
        Answer answer = api.post("/v1/sandboxes", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().get("id").asString();
    }

    private static String at(String sandbox, String rest) {
        return "/v1/sandboxes/" + sandbox + rest;
    }

    private static JsonNode exec(String sandbox, String command) {
        Answer answer = api.post(
                at(sandbox, "/exec"), Json.object().put("command", command).toString());
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static String type(Answer answer) {
        return answer.json().at("/error/type").asString();
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Test
    void whatTheContractsClientSendsMakesASandbox() {
        Answer made = api.post(
                "/v1/sandboxes", "{\"language\":\"javascript\",\"autoStopMinutes\":30,\"labels\":{\"team\":\"a\"}}");
        assertThat(made.status()).isEqualTo(201);
        JsonNode sandbox = made.json();
        assertThat(sandbox.get("state").asString()).isEqualTo("started");
        assertThat(sandbox.at("/labels/team").asString()).isEqualTo("a");
        assertThat(sandbox.get("stopsAt").isNull()).isFalse();
        String id = sandbox.get("id").asString();
        assertThat(api.get(at(id, "")).json().get("id").asString()).isEqualTo(id);
        JsonNode list = api.get("/v1/sandboxes").json();
        assertThat(list.isArray()).isTrue();
        assertThat(list.valueStream().map(one -> one.get("id").asString())).contains(id);
        assertThat(api.call("DELETE", at(id, ""), new byte[0]).status()).isEqualTo(204);
        assertThat(api.get(at(id, "")).json().get("state").asString()).isEqualTo("destroyed");
        assertThat(api.get("/v1/sandboxes")
                        .json()
                        .valueStream()
                        .map(one -> one.get("id").asString()))
                .doesNotContain(id);
    }

    @Test
    void aPathThatBeginsWithTwoSlashesIsTheSame() {
        assertThat(api.get("//v1/sandboxes").status()).isEqualTo(200);
        assertThat(api.post("//v1/sandboxes", "{\"language\":\"python\",\"autoStopMinutes\":30,\"labels\":{}}")
                        .status())
                .isEqualTo(201);
        assertThat(server.anonymous().get("//v1/sandboxes").status()).isEqualTo(401);
    }

    @Test
    void aCommandTellsItsExitCodeAndBothStreamsInOrder() {
        String id = create();
        JsonNode result = exec(id, "echo one; echo two >&2; echo three; exit 3");
        assertThat(result.get("exitCode").asInt()).isEqualTo(3);
        assertThat(result.get("result").asString()).isEqualTo("one\ntwo\nthree\n");
        Answer nulls = api.post(
                at(id, "/exec"), "{\"command\":\"pwd; echo $X\",\"cwd\":null,\"env\":null,\"timeoutSeconds\":300}");
        assertThat(nulls.json().get("result").asString()).isEqualTo("/workspace\n\n");
        Answer given = api.post(
                at(id, "/exec"),
                "{\"command\":\"pwd; echo $X\",\"cwd\":\"/tmp\",\"env\":{\"X\":\"y\"},\"timeoutSeconds\":5}");
        assertThat(given.json().get("result").asString()).isEqualTo("/tmp\ny\n");
        Answer late = api.post(at(id, "/exec"), "{\"command\":\"echo begun; sleep 60\",\"timeoutSeconds\":0.2}");
        assertThat(late.json().get("exitCode").asInt()).isEqualTo(124);
        assertThat(late.json().get("status").asString()).isEqualTo("timed_out");
        assertThat(late.json().get("result").asString()).isEqualTo("begun\n");
        assertThat(exec(id, "if then").get("exitCode").asInt()).isNotZero();
        assertThat(exec(id, "head -c 3000000 /dev/zero | tr '\\0' x")
                        .get("truncated")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void aLongSilentCommandKeepsItsConnectionAndEndsWithItsClient(@TempDir Path data) throws Exception {
        try (RunningServer patient =
                RunningServer.start(data, Map.of("limits.connection_idle_s", "1"), false, Duration.ofMillis(200))) {
            Api own = patient.api();
            String id = own.post("/v1/sandboxes", "{}").json().get("id").asString();
            Answer answer = own.post(at(id, "/exec"), "{\"command\":\"sleep 2.5; echo done\"}");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("result").asString()).isEqualTo("done\n");
            try (RawClient client = RawClient.to(patient.url())) {
                client.send(
                        "POST " + at(id, "/exec"),
                        "{\"command\":\"sleep 1000\"}",
                        "Host: localhost",
                        "Authorization: Bearer " + patient.key());
                await().until(() -> own.get(at(id, "/inspect"))
                                .json()
                                .at("/executions/running")
                                .size()
                        == 1);
            }
            await().untilAsserted(
                            () -> assertThat(own.get(at(id, "/inspect")).json().at("/executions/running"))
                                    .isEmpty());
        }
    }

    @Test
    void aBackgroundCommandIsAskedForLater() {
        String id = create();
        Answer begun = api.post(at(id, "/exec"), "{\"command\":\"echo a; sleep 0.2; echo b; exit 4\",\"async\":true}");
        assertThat(begun.status()).isEqualTo(202);
        String exec = begun.json().get("execId").asString();
        await().untilAsserted(() -> assertThat(
                        api.get(at(id, "/exec/" + exec)).json().get("state").asString())
                .isEqualTo("ended"));
        assertThat(api.get(at(id, "/exec/" + exec)).json().get("exitCode").asInt())
                .isEqualTo(4);
        assertThat(exec(id, "cat /tmp/cg-exec/" + exec + ".out").get("result").asString())
                .isEqualTo("a\nb\n");
        assertThat(api.get(at(create(), "/exec/" + exec)).status()).isEqualTo(404);
    }

    @Test
    void bytesComeBackAsTheyWent() {
        String id = create();
        byte[] bytes = new byte[1000];
        new Random(5).nextBytes(bytes);
        Answer up = api.post(
                at(id, "/upload"),
                Json.object()
                        .put("path", "d/ü.bin")
                        .put("contentBase64", base64(bytes))
                        .toString());
        assertThat(up.status()).as(up.text()).isEqualTo(200);
        Answer down = api.post(at(id, "/download"), "{\"path\":\"d/ü.bin\"}");
        assertThat(Base64.getDecoder().decode(down.json().get("contentBase64").asString()))
                .isEqualTo(bytes);
        assertThat(exec(id, "wc -c < d/ü.bin").get("result").asString().strip()).isEqualTo("1000");
    }

    @Test
    void filesOutliveStopAndStart() {
        String id = create();
        exec(id, "echo kept > f");
        assertThat(api.post(at(id, "/stop"), "").json().get("state").asString()).isEqualTo("stopped");
        Answer refused = api.post(at(id, "/exec"), "{\"command\":\"true\"}");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(type(refused)).isEqualTo("sandbox_not_running");
        assertThat(refused.errorMessage()).contains("start it first");
        assertThat(api.post(at(id, "/stop"), "").status()).isEqualTo(409);
        assertThat(api.post(at(id, "/start"), "").json().get("state").asString())
                .isEqualTo("started");
        assertThat(type(api.post(at(id, "/start"), ""))).isEqualTo("sandbox_running");
        assertThat(exec(id, "cat f").get("result").asString()).isEqualTo("kept\n");
    }

    @Test
    void badInputGetsTheStatusThatTheContractSays() {
        String id = create();
        assertThat(api.get(at("nonsense", "")).status()).isEqualTo(404);
        assertThat(api.post(at("01900000-0000-7000-8000-000000000000", "/exec"), "{\"command\":\"true\"}")
                        .status())
                .isEqualTo(404);
        for (String path : List.of("../etc/x", "/etc/x", "/usr/bin/x")) {
            Answer escape = api.post(
                    at(id, "/upload"),
                    Json.object().put("path", path).put("contentBase64", "").toString());
            assertThat(escape.status()).as(path).isEqualTo(400);
            assertThat(type(escape)).as(path).isIn("file_outside", "file_denied");
        }
        assertThat(api.post(at(id, "/download"), "{\"path\":\"missing\"}").status())
                .isEqualTo(404);
        exec(id, "mkfifo p");
        assertThat(api.post(at(id, "/download"), "{\"path\":\"p\"}").status()).isEqualTo(400);
        assertThat(api.post(at(id, "/exec"), "{\"command\":\"\"}").status()).isEqualTo(422);
        assertThat(api.post(at(id, "/exec"), "{\"command\":\"true\",\"timeoutSeconds\":1e9}")
                        .status())
                .isEqualTo(422);
        assertThat(api.post(at(id, "/upload"), "{\"path\":\"a\",\"contentBase64\":\"%\"}")
                        .status())
                .isEqualTo(422);
        for (String body : List.of(
                "{\"role\":\"x\"}",
                "{\"codegraff\":true}",
                "{\"provider\":\"fleet\"}",
                "{\"autoStopMinutes\":-5}",
                "{\"autoStopMinutes\":true}",
                "{\"labels\":{\"a\":1}}",
                "{\"memoryMb\":1}",
                "{\"memoryMb\":99999999}",
                "{\"unknown\":1}")) {
            Answer answer = api.post("/v1/sandboxes", body);
            assertThat(answer.status()).as(body).isEqualTo(422);
            assertThat(answer.errorField()).as(body).isNotBlank();
        }
        assertThat(type(api.post("/v1/sandboxes", "{"))).isEqualTo("malformed_request");
    }

    @Test
    void whatIsTooLargeIsToldAfterItWasRead() {
        String id = create();
        Answer json = api.post(
                at(id, "/upload"),
                Json.object()
                        .put("path", "large")
                        .put("contentBase64", base64(new byte[2_000_000]))
                        .toString());
        assertThat(json.status()).isEqualTo(413);
        Answer streamed = api.call("PUT", at(id, "/files?path=large"), new byte[20_000_000]);
        assertThat(streamed.status()).isEqualTo(413);
        assertThat(type(streamed)).isEqualTo("file_too_large");
        assertThat(api.get(at(id, "/files/stat?path=large")).status()).isEqualTo(404);
    }

    @Test
    void filesAreListedMovedAndRemoved() {
        String id = create();
        byte[] bytes = new byte[2_000_000];
        new Random(6).nextBytes(bytes);
        assertThat(api.call("PUT", at(id, "/files?path=a/b"), bytes)
                        .json()
                        .get("size")
                        .asLong())
                .isEqualTo(2_000_000);
        Api.Stream read = api.stream("GET", at(id, "/files?path=a/b"), "");
        assertThat(read.response().headers().firstValue("X-Content-Type-Options"))
                .hasValue("nosniff");
        assertThat(read.response().headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename*=UTF-8''b");
        assertThat(read.response().body()).hasBinaryContent(bytes);
        assertThat(api.post(at(id, "/files/directory"), "{\"path\":\"c\"}").status())
                .isEqualTo(200);
        assertThat(api.post(at(id, "/files/move"), "{\"from\":\"a/b\",\"to\":\"c/d\"}")
                        .status())
                .isEqualTo(200);
        JsonNode list = api.get(at(id, "/files/list?depth=2")).json();
        assertThat(list.get("entries").valueStream().map(e -> e.get("path").asString()))
                .containsExactly("/workspace/a", "/workspace/c", "/workspace/c/d");
        assertThat(api.call("DELETE", at(id, "/files?path=c"), new byte[0]).status())
                .isEqualTo(204);
        assertThat(api.get(at(id, "/files/stat?path=c")).status()).isEqualTo(404);
        assertThat(api.get(at(id, "/files")).status()).isEqualTo(422);
        assertThat(api.get(at(id, "/files/list?limit=0")).status()).isEqualTo(422);
    }

    @Test
    void treesGoOutAndInAsArchives() throws Exception {
        String id = create();
        exec(id, "mkdir -p d/e; echo one > d/x; echo two > d/e/y");
        for (String format : List.of("tar", "tar.gz", "zip")) {
            byte[] archive = api.stream("GET", at(id, "/archive?path=d&format=" + format), "")
                    .response()
                    .body()
                    .readAllBytes();
            Answer in = api.call("PUT", at(id, "/archive?path=in-" + format + "&format=" + format), archive);
            assertThat(in.status()).as(in.text()).isEqualTo(200);
            assertThat(in.json().get("entries").asInt()).isEqualTo(3);
            assertThat(exec(id, "diff -r d in-" + format).get("exitCode").asInt())
                    .isZero();
        }
        assertThat(api.get(at(id, "/archive?path=missing")).status()).isEqualTo(404);
        Answer broken = api.call("PUT", at(id, "/archive?format=zip"), new byte[5000]);
        assertThat(broken.status()).isEqualTo(400);
        assertThat(type(broken)).isEqualTo("bad_archive");
    }

    @Test
    void inspectTellsWallsAndLimits() {
        String id = create("{\"memoryMb\":128,\"cpus\":0.5,\"diskMb\":100}");
        JsonNode seen = api.get(at(id, "/inspect")).json();
        assertThat(seen.at("/isolation/level").asString()).isEqualTo("full");
        assertThat(seen.at("/isolation/properties").valueStream())
                .isNotEmpty()
                .allMatch(p -> p.get("held").asBoolean());
        assertThat(seen.at("/limits").valueStream())
                .anyMatch(l -> l.get("name").asString().equals("memory_bytes")
                        && l.get("value").asLong() == 128L << 20
                        && l.get("means").asString().startsWith("cgroup"))
                .anyMatch(l -> l.get("name").asString().equals("disk_bytes")
                        && l.get("means").asString().startsWith("soft"));
        assertThat(seen.at("/usage/memoryBytes").asLong()).isPositive();
    }

    @Test
    void theEventsTellWhoDidWhatAndACursorGoesOn() {
        Workspace workspace = server.defaultWorkspace();
        IssuedKey secondKey = server.key(workspace, "second", EnumSet.of(Permission.SANDBOX));
        Api second = server.api(secondKey);
        String id = create();
        exec(id, "true");
        second.call("PUT", at(id, "/files?path=f"), new byte[7]);
        List<JsonNode> lines = lines(api, at(id, "/events"));
        assertThat(lines)
                .extracting(line -> line.get("type").asString())
                .containsExactly("sandbox.created", "exec.started", "exec.ended", "file.written");
        assertThat(lines.get(1).get("command").asString()).as("as it was sent").isEqualTo("true");
        assertThat(lines.get(3).get("principal").asString())
                .isEqualTo(secondKey.key().id().value())
                .isNotEqualTo(lines.get(0).get("principal").asString());
        assertThat(lines.get(3).get("path").asString()).isEqualTo("/workspace/f");
        assertThat(lines(api, at(id, "/events?after_seq=3"))).containsExactly(lines.get(3));
        try (Api.Stream live = api.stream("GET", at(id, "/events?follow=true&after_seq=4"), "")) {
            api.post(at(id, "/stop"), "");
            String line = live.nextText().orElseThrow();
            assertThat(JsonMapper.shared().readTree(line).get("type").asString())
                    .isEqualTo("sandbox.stopped");
        }
    }

    private static List<JsonNode> lines(Api api, String path) {
        List<JsonNode> lines = new ArrayList<>();
        try (Api.Stream stream = api.stream("GET", path, "")) {
            for (Optional<String> line = stream.nextText(); line.isPresent(); line = stream.nextText()) {
                lines.add(JsonMapper.shared().readTree(line.get()));
            }
        }
        return lines;
    }

    @Test
    void aKeyNeedsThePermissionAndAnotherWorkspaceSeesNothing() {
        String id = create();
        Workspace own = server.defaultWorkspace();
        Answer without = server.api(server.key(own, "reader", EnumSet.of(Permission.READ, Permission.RUN)))
                .get(at(id, ""));
        assertThat(without.status()).isEqualTo(403);
        assertThat(type(without)).isEqualTo("insufficient_scope");
        Api stranger = server.api(server.key(server.workspace(server.organisation("other"), "w"), "stranger"));
        assertThat(stranger.get("/v1/sandboxes").json().isEmpty()).isTrue();
        for (String path : List.of("", "/inspect", "/events", "/files?path=f")) {
            assertThat(stranger.get(at(id, path)).status()).as(path).isEqualTo(404);
        }
        assertThat(stranger.post(at(id, "/stop"), "").status()).isEqualTo(404);
        assertThat(stranger.call("DELETE", at(id, ""), new byte[0]).status()).isEqualTo(404);
        Answer nobody = server.anonymous().get(at(id, ""));
        assertThat(nobody.status()).isEqualTo(401);
    }

    @Test
    void projectDirectoriesAreListedAndDeletedUnlessTheyAreInUse() {
        String id = create("{\"projects\":[\"shop\"]}");
        exec(id, "echo x > shop/f");
        assertThat(api.get("/agent/projects")
                        .json()
                        .get("projects")
                        .valueStream()
                        .map(p -> p.get("name").asString()))
                .contains("shop");
        assertThat(api.call("DELETE", "/agent/projects/shop", new byte[0]).status())
                .isEqualTo(409);
        api.post(at(id, "/stop"), "");
        assertThat(api.call("DELETE", "/agent/projects/shop", new byte[0]).status())
                .isEqualTo(200);
        assertThat(api.call("DELETE", "/agent/projects/shop", new byte[0]).status())
                .isEqualTo(404);
        assertThat(api.call("DELETE", "/agent/projects/UPPER", new byte[0]).status())
                .isEqualTo(404);
    }
}
