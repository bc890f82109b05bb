package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.Permission;
import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Files of sessions over HTTP (contract: Cloud Agent 5, "sandbox upload", "status endpoint"), and what the agent changed. */
class SessionFilesTest {
    private static final long LARGE = 100L << 20;

    private static RunningServer server;
    private static Api api;

    @TempDir
    private static Path work;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("sessions.idle_s", "2"));
        api = server.api();
        server.script("works", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command":
                 "echo two > a.txt; rm gone.txt; printf '\\\\0\\\\1' > raw; mkdir -p d; echo new > 'd/my file'; touch same.txt; ln -s a.txt l"}}]},
              {"text": "Done."}, {"text": "Again."}]}\
            """);
        server.script("talks", "{\"steps\": [{\"text\": \"Hello.\"}, {\"text\": \"Hello.\"}]}");
        server.script("waits", """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "until [ -e go ]; do sleep 0.05; done; cat go"}}]},
              {"expect": "from outside", "text": "Seen."}]}\
            """);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String session(String script) {
        Api.Answer made = api.post("/agent/session", "{\"options\": {\"model\": \"scripted:" + script + "\"}}");
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        return made.json().get("session_id").asString();
    }

    private static Lines say(String session) {
        try (Api.Stream stream = api.stream("POST", at(session, "/message"), "{\"prompt\": \"go\"}")) {
            return stream.toEnd();
        }
    }

    private static String at(String session, String rest) {
        return "/agent/session/" + session + rest;
    }

    private static Api.Answer put(String session, String path, String content) {
        return api.call("PUT", at(session, "/files/" + path), content.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(String session, String path) {
        Api.Answer answer = api.get(at(session, "/files/" + path));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.text();
    }

    @Test
    void aClientHandsFilesInAndTakesThemHome() {
        String session = session("talks");
        assertThat(api.get(at(session, "/files")).json().get("entries")).isEmpty();
        assertThat(api.get(at(session, "/files/a")).status()).isEqualTo(404);

        assertThat(put(session, "a", "").json().get("size").asLong()).isZero();
        assertThat(put(session, "d/e/%20%24(touch%20x)%20%27", "odd")
                        .json()
                        .get("path")
                        .asString())
                .isEqualTo("/workspace/d/e/ $(touch x) '");
        assertThat(put(session, "/tmp/absolute", "there").json().get("path").asString())
                .isEqualTo("/tmp/absolute");

        assertThat(read(session, "a")).isEmpty();
        assertThat(read(session, "d/e/%20%24(touch%20x)%20%27")).isEqualTo("odd");
        Api.Answer file = api.get(at(session, "/files//tmp/absolute"));
        assertThat(file.text()).isEqualTo("there");
        assertThat(file.http().headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(api.get(at(session, "/files?depth=3")).json().get("entries"))
                .extracting(entry -> entry.get("path").asString())
                .containsExactly("/workspace/a", "/workspace/d", "/workspace/d/e", "/workspace/d/e/ $(touch x) '");
        assertThat(api.call("DELETE", at(session, "/files/d"), new byte[0]).status())
                .isEqualTo(204);
        assertThat(api.get(at(session, "/files/d/e/x")).status()).isEqualTo(404);
        assertThat(api.status(session).get("status").asString()).isEqualTo("created");
    }

    @Test
    void whatLeadsOutIsRefused() {
        String session = session("talks");
        put(session, "a", "x");

        for (String path : new String[] {"/etc/passwd", "../etc/passwd", "d/../../etc/passwd"}) {
            assertThat(put(session, path, "x").status()).as(path).isIn(404, 422);
            assertThat(api.get(at(session, "/files/" + path)).status()).as(path).isIn(404, 422);
        }
        for (String path : new String[] {"a".repeat(5000), "a/b", "."}) {
            assertThat(put(session, path, "x").status()).as(path).isIn(404, 422);
        }
        for (String path : new String[] {"%2e%2e/%2e%2e/etc/passwd", "a%00b", "%ff"}) {
            assertThat(api.get(at(session, "/files/" + path)).status()).as(path).isIn(400, 404, 422);
        }
    }

    @Test
    void aRunningTurnAndAHibernatingSessionShowTheirFiles() {
        String session = session("waits");
        try (Api.Stream turn = api.stream("POST", at(session, "/message"), "{\"prompt\": \"go\"}")) {
            turn.next("tool_use");
            put(session, "go", "from outside");
            assertThat(turn.next("result").get("result").asString()).isEqualTo("Seen.");
        }
        await().until(() -> api.status(session).get("status").asString().equals("hibernated"));
        await().until(() -> api.status(session).at("/sandbox/state").asString().equals("stopped"));
        assertThat(api.status(session).get("resources").isNull()).isTrue();

        assertThat(read(session, "go")).isEqualTo("from outside");
        assertThat(api.status(session).get("status").asString()).isEqualTo("idle");
    }

    @Test
    void theFilesOfARunStayUntilItWasIdleForTooLong() {
        String session =
                api.run("{\"prompt\": \"go\", \"model\": \"scripted:works\"}").session();

        assertThat(read(session, "d/my%20file")).isEqualTo("new\n");
        assertThat(api.get(at(session, "/diff")).json().get("files")).hasSize(5);
        // Nobody may touch them meanwhile.
        await().until(() -> api.status(session).get("sandbox").isNull());
        assertThat(api.get(at(session, "/files/a.txt")).status()).isEqualTo(404);
        assertThat(api.get(at(session, "/diff")).json().get("files")).isEmpty();
    }

    @Test
    void theDiffIsWhatTheAgentChangedAndNotWhatTheClientPutIn() throws Exception {
        String session = session("works");
        put(session, "a.txt", "one\n");
        put(session, "gone.txt", "soon\n");
        put(session, "same.txt", "same\n");

        say(session);

        JsonNode diff = api.get(at(session, "/diff")).json();
        assertThat(diff.get("directory").asString()).isEqualTo("/workspace");
        assertThat(diff.get("complete").asBoolean()).isTrue();
        assertThat(diff.get("files"))
                .extracting(file ->
                        file.get("change").asString() + " " + file.get("path").asString())
                .containsExactly("deleted gone.txt", "modified a.txt", "added d/my file", "added raw", "added l");
        assertThat(diff.at("/files/1/diff").asString())
                .isEqualTo("--- a/a.txt\n+++ b/a.txt\n@@ -1,1 +1,1 @@\n-one\n+two\n");
        assertThat(diff.at("/files/1/sha256").asString()).isEqualTo(sha256("two\n"));
        assertThat(diff.at("/files/3/diff").isNull()).isTrue();
        assertThat(diff.at("/files/4/type").asString()).isEqualTo("link");

        Api.Answer patch = api.get(at(session, "/diff?format=patch"));
        assertThat(patch.contentType())
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/x-diff"));
        Path before = Files.createDirectories(work.resolve("before"));
        Files.writeString(before.resolve("a.txt"), "one\n");
        Files.writeString(before.resolve("gone.txt"), "soon\n");
        Process patching = new ProcessBuilder("git", "apply", "-")
                .directory(before.toFile())
                .start();
        try (var in = patching.outputWriter(StandardCharsets.UTF_8)) {
            in.write(patch.text());
        }
        assertThat(patching.waitFor()).as(patch.text()).isZero();
        assertThat(before.resolve("a.txt")).hasContent("two\n");
        assertThat(before.resolve("d/my file")).hasContent("new\n");
        assertThat(before.resolve("gone.txt")).doesNotExist();
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aProjectIsComparedWithWhatItWasAlsoAfterHibernating() throws Exception {
        String body = "{\"options\": {\"model\": \"scripted:works\", \"working_dir\": \"/workspace/shop\"}}";
        Path project = server.data().resolve("projects");
        String first = api.post("/agent/session", body).json().get("session_id").asString();
        put(first, "a.txt", "one\n");
        put(first, "gone.txt", "soon\n");
        String session =
                api.post("/agent/session", body).json().get("session_id").asString();
        assertThat(project).isDirectory();

        say(session);
        await().until(() -> api.status(session).get("status").asString().equals("hibernated"));
        put(session, "later.txt", "after the first turn");

        assertThat(api.get(at(session, "/diff")).json().get("directory").asString())
                .isEqualTo("/workspace/shop");
        assertThat(api.get(at(session, "/diff")).json().get("files"))
                .extracting(file ->
                        file.get("change").asString() + " " + file.get("path").asString())
                .contains("deleted gone.txt", "modified a.txt", "added later.txt");
    }

    @Test
    void aProjectGoesInAndComesBackAsAnArchive() throws Exception {
        String session = session("talks");
        Path project = Files.createDirectories(work.resolve("project/src"));
        Files.writeString(project.resolve("main.py"), "print(1)\n");
        byte[] tar = new ProcessBuilder("tar", "-C", project.getParent().toString(), "-cf", "-", ".")
                .start()
                .getInputStream()
                .readAllBytes();

        assertThat(api.call("PUT", at(session, "/archive?format=tar"), tar).status())
                .isEqualTo(200);

        assertThat(read(session, "src/main.py")).isEqualTo("print(1)\n");
        Api.Answer packed = api.get(at(session, "/archive?format=tar&path=src"));
        assertThat(packed.contentType()).hasValue("application/x-tar");
        assertThat(packed.text()).contains("main.py").contains("print(1)");
    }

    @Test
    void aLargeFileIsStreamedBothWays() throws Exception {
        String session = session("talks");
        HttpClient http = HttpClient.newHttpClient();
        URI uri = URI.create(server.url() + at(session, "/files/large"));
        HttpRequest put = HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + server.key())
                .PUT(HttpRequest.BodyPublishers.ofInputStream(() -> new Zeros(LARGE)))
                .build();
        assertThat(http.send(put, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
        HttpRequest get = HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + server.key())
                .build();
        AtomicLong bytes = new AtomicLong();
        try (InputStream in =
                http.send(get, HttpResponse.BodyHandlers.ofInputStream()).body()) {
            byte[] chunk = new byte[1 << 16];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                bytes.addAndGet(n);
            }
        }
        assertThat(bytes).hasValue(LARGE);
        api.call("DELETE", at(session, ""), new byte[0]);
    }

    /** So many zeros. */
    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long count) {
            left = count;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] to, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int n = (int) Math.min(length, left);
            java.util.Arrays.fill(to, offset, offset + n, (byte) 0);
            left -= n;
            return n;
        }
    }

    @Test
    void onlyTheWorkspaceSeesTheFilesAndOnlyWhoMayRunChangesThem() {
        String session = session("talks");
        put(session, "a", "x");
        Api other = server.api(server.key(server.workspace(server.organisation("others"), "elsewhere"), "stranger"));
        Api reader = server.api(server.key(server.defaultWorkspace(), "reader", Set.of(Permission.READ)));

        for (String path : new String[] {"/files", "/files/a", "/archive", "/diff"}) {
            assertThat(other.get(at(session, path)).status()).as(path).isEqualTo(404);
            assertThat(reader.get(at(session, path)).status()).as(path).isEqualTo(200);
        }
        assertThat(other.call("PUT", at(session, "/files/a"), new byte[1]).status())
                .isEqualTo(404);
        assertThat(reader.call("PUT", at(session, "/files/a"), new byte[1]).status())
                .isEqualTo(403);
        api.call("DELETE", at(session, ""), new byte[0]);
        assertThat(api.get(at(session, "/files")).status()).isEqualTo(404);
        assertThat(put(session, "a", "y").status()).isEqualTo(404);
    }

    @Test
    void theStatusTellsWhatTheSandboxUsesAndPagesThroughTheHistory() {
        String session = session("works");
        assertThat(api.status(session).get("sandbox").isNull()).isTrue();
        say(session);
        Lines second = say(session);

        JsonNode status = api.status(session);
        assertThat(status.at("/sandbox/state").asString()).isEqualTo("running");
        assertThat(status.at("/sandbox/executions").asLong()).isEqualTo(1);
        assertThat(status.at("/resources/uptime_s").asLong()).isGreaterThanOrEqualTo(0);
        assertThat(status.get("history")).hasSize(2);
        assertThat(status.get("history_next").isNull()).isTrue();
        long firstFrom = status.at("/history/0/events_from_seq").asLong();
        JsonNode later = api.get(at(session, "/status?after_seq=" + firstFrom)).json();
        assertThat(later.get("history")).hasSize(1);
        JsonNode events = api.get(at(
                        session,
                        "/status?history=events&after_seq="
                                + status.at("/history/0/events_to_seq").asLong()))
                .json();
        assertThat(events.get("history").toString()).isEqualTo("[" + String.join(",", second.durable()) + "]");
        assertThat(api.get(at(session, "/status?history=none")).json().has("history"))
                .isFalse();
    }
}
