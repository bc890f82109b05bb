package dev.belay.server.codegraff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.server.Api;
import dev.belay.server.Api.Answer;
import dev.belay.server.RawClient;
import dev.belay.server.RunningServer;
import dev.belay.server.http.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attacks of the catalogue that come over HTTP. The others are tried where sandboxes are made. */
@Tag("attacks")
class SandboxAttackTest {
    private static RunningServer server;
    private static Api api;
    private static String id;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        api = server.api();
        id = api.post("/v1/sandboxes", "{}").json().get("id").asString();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The status of a request whose path no client would send. */
    private static int status(String method, String path, String body) {
        try (RawClient client = RawClient.to(server.url()).readTimeout(10_000)) {
            client.send(
                    method + " " + path,
                    body,
                    "Host: localhost",
                    "Authorization: Bearer " + server.key(),
                    "Connection: close");
            return Integer.parseInt(client.readTo("HTTP/1.1 ").split(" ", 3)[1]);
        }
    }

    private static String at(String rest) {
        return "/v1/sandboxes/" + id + rest;
    }

    @Test
    void anIdThatIsNoneIsNoPath() {
        for (String none : List.of(
                "../../x",
                "..%2f..%2fx",
                "%2e%2e",
                "a/b",
                "x".repeat(300),
                "%00",
                id + "%00",
                id + "%0a",
                id + "%2f..%2f" + id,
                "..;/" + id,
                id.toUpperCase(java.util.Locale.ROOT) + " ")) {
            assertThat(status("GET", "/v1/sandboxes/" + none, "")).as(none).isIn(400, 404);
            assertThat(status("DELETE", "/v1/sandboxes/" + none, "")).as(none).isIn(400, 404, 405);
        }
        assertThat(status("DELETE", "/v1/sandboxes/", "")).isIn(400, 404, 405);
        assertThat(api.get(at("")).json().get("state").asString()).isEqualTo("started");
    }

    @Test
    void theSandboxOfAnotherIsAsIfItWereNot() {
        Api stranger = server.api(server.key(server.workspace(server.organisation("other"), "w"), "stranger"));
        String missing = "01900000-0000-7000-8000-000000000000";
        for (String rest :
                List.of("", "/inspect", "/events", "/files?path=f", "/files/stat?path=f", "/archive?path=.")) {
            Answer others = stranger.get(at(rest));
            Answer nobodys = stranger.get("/v1/sandboxes/" + missing + rest);
            assertThat(others.status()).as(rest).isEqualTo(404);
            assertThat(others.text().replace(id, missing)).as(rest).isEqualTo(nobodys.text());
        }
        for (String rest : List.of("/exec", "/upload", "/download", "/start", "/stop")) {
            String body = "{\"command\":\"true\",\"path\":\"f\",\"contentBase64\":\"\"}";
            assertThat(stranger.post(at(rest), body).status()).as(rest).isIn(404, 422);
        }
        assertThat(stranger.call("PUT", at("/files?path=f"), new byte[1]).status())
                .isEqualTo(404);
        assertThat(stranger.call("DELETE", at(""), new byte[0]).status()).isEqualTo(404);
        assertThat(api.get(at("")).json().get("state").asString()).isEqualTo("started");
    }

    @Test
    void aPageInABrowserAndWhoeverHasNoKeyGetNothing(@TempDir Path data) {
        assertThat(server.anonymous().get(at("")).status()).isEqualTo(401);
        assertThat(server.anonymous()
                        .with("Origin", "http://evil.test")
                        .post("/v1/sandboxes", "{}")
                        .status())
                .isEqualTo(401);
        try (RunningServer dev = RunningServer.startDev(data)) {
            assertThat(dev.anonymous().post("/v1/sandboxes", "{}").status()).isEqualTo(201);
            assertThat(dev.anonymous()
                            .with("Origin", "http://evil.test")
                            .post("/v1/sandboxes", "{}")
                            .status())
                    .isIn(401, 403);
            try (RawClient rebound = RawClient.to(dev.url()).readTimeout(10_000)) {
                rebound.send("POST /v1/sandboxes", "{}", "Host: evil.test", "Connection: close");
                assertThat(rebound.readTo("HTTP/1.1 ")).containsAnyOf(" 401 ", " 403 ", " 400 ", " 421 ");
            }
        }
    }

    @Test
    void aNameNeverBreaksAHeader() {
        for (String name :
                List.of("new\nX-Evil: 1", "carriage\r\nX-Evil: 1", "quo\"te; x=y", "\u001b[31m", "-rf", "ü\u202e")) {
            String query =
                    "?path=" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
            assertThat(api.call("PUT", at("/files" + query), new byte[3]).status())
                    .as(name)
                    .isEqualTo(200);
            try (Api.Stream file = api.stream("GET", at("/files" + query), "")) {
                assertThat(file.response().headers().map()).as(name).doesNotContainKey("x-evil");
                assertThat(file.response()
                                .headers()
                                .firstValue("Content-Disposition")
                                .orElseThrow())
                        .as(name)
                        .matches("attachment; filename\\*=UTF-8''[A-Za-z0-9%._~!#$&+^`|-]+");
            }
            assertThat(api.call("DELETE", at("/files" + query), new byte[0]).status())
                    .isEqualTo(204);
        }
    }

    @Test
    void pathsThatLeadOutOrAreNoneAreBadRequests() {
        for (String path : List.of(
                "a%00b",
                "..%2foutside",
                "%2fetc%2fcron.d%2fx",
                "x%2f".repeat(2100) + "y",
                "x".repeat(4097),
                "%2fproc%2f1%2fexe")) {
            assertThat(status("PUT", at("/files?path=" + path), "x")).as(path).isIn(400, 414, 431);
            assertThat(status("GET", at("/files?path=" + path), "")).as(path).isIn(400, 404, 414, 431);
        }
        api.post(at("/exec"), "{\"command\":\"mkfifo p; ln -s /etc l\"}");
        assertThat(status("GET", at("/files?path=p"), "")).isEqualTo(400);
        assertThat(status("PUT", at("/files?path=l/x"), "x")).isEqualTo(400);
        assertThat(status("PUT", at("/archive?path=l/x&format=tar"), "x")).isEqualTo(400);
    }

    @Test
    void environmentsAndArgumentsAreTheExecsOwn() {
        String text = Json.object().put("command", "x".repeat(900_000)).toString();
        assertThat(api.post(at("/exec"), text).status()).isIn(200, 400, 413, 422);
        for (String name : List.of("A=B", "", "A\\u0000B")) {
            Answer answer = api.post(at("/exec"), "{\"command\":\"true\",\"env\":{\"" + name + "\":\"x\"}}");
            assertThat(answer.status() != 200 || answer.json().get("exitCode").asInt() != 0)
                    .as(name + ": " + answer.text())
                    .isTrue();
        }
        Answer loaded = api.post(
                at("/exec"), "{\"command\":\"echo $LD_PRELOAD\",\"env\":{\"LD_PRELOAD\":\"/workspace/evil.so\"}}");
        assertThat(loaded.json().get("result").asString()).contains("/workspace/evil.so");
        assertThat(api.post(at("/exec"), "{\"command\":\"env\"}")
                        .json()
                        .get("result")
                        .asString())
                .doesNotContain("evil.so");
    }

    @Test
    void aClientThatLeavesAFloodEndsIt(@TempDir Path data) {
        try (RunningServer quick = RunningServer.start(data, Map.of(), false, Duration.ofMillis(200))) {
            Api own = quick.api();
            String flooded = own.post("/v1/sandboxes", "{}").json().get("id").asString();
            String running = "/v1/sandboxes/" + flooded + "/inspect";
            try (RawClient client = RawClient.to(quick.url())) {
                client.send(
                        "POST /v1/sandboxes/" + flooded + "/exec",
                        "{\"command\":\"yes\"}",
                        "Host: localhost",
                        "Authorization: Bearer " + quick.key());
                await().until(() ->
                        own.get(running).json().at("/executions/running").size() == 1);
            }
            await().untilAsserted(() -> assertThat(own.get(running).json().at("/executions/running"))
                    .isEmpty());
        }
    }
}
