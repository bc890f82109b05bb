package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Agents that do their worst, against a server in a process of its own, through its HTTP interface. */
class HostileRunTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int PROCESSES = 64;
    /** Begins and looks like a provider's key, and has marks that encoders treat differently. */
    private static final String KEY = "sk-ant-api03-a+b/c=d?e&f~g h%47-correct-horse-battery";

    @TempDir
    private static Path data;

    private static ServerProcess server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        Files.writeString(
                data.resolve("belay.toml"), "[sandbox]\nprocesses = " + PROCESSES + "\n[log]\nlevel = \"trace\"\n");
        Files.createDirectories(data.resolve("scripts"));
        server = ServerProcess.start(data, Map.of("ANTHROPIC_API_KEY", KEY));
        client = new Client(server.url());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Map<String, Object> step(String text, String tool, Map<String, Object> input) {
        return Map.of("text", text, "tool_calls", List.of(Map.of("tool", tool, "input", input)));
    }

    private static Map<String, Object> bash(String command) {
        return step("Now this.", "Bash", Map.of("command", command));
    }

    @SafeVarargs
    private static void script(String name, Map<String, Object>... steps) throws Exception {
        List<Map<String, Object>> all = new ArrayList<>(List.of(steps));
        all.add(Map.of("text", "Done."));
        Files.writeString(data.resolve("scripts/" + name + ".json"), JSON.writeValueAsString(Map.of("steps", all)));
    }

    private static List<JsonNode> results(List<JsonNode> lines) {
        return lines.stream().filter(line -> Client.isOf(line, "tool_result")).toList();
    }

    /**
     * The bomb stands behind a proof: in the very same sandbox a program that would fork 200 times, and stops there, must have run into the
     * limit first. Without a limit the command ends before the bomb.
     */
    @Test
    void aForkBombEndsWithItsSandboxAndTheServerGoesOn() throws Exception {
        script("forks", bash("""
                python3 - <<'END' || exit 9
                import os, signal, sys
                children = []
                try:
                    for _ in range(200):
                        child = os.fork()
                        if child == 0:
                            signal.pause()
                        children.append(child)
                except BlockingIOError:
                    print('limited after', len(children), flush=True)
                for child in children:
                    os.kill(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                sys.exit(0 if len(children) < 200 else 9)
                END
                bomb() { bomb | bomb & }; bomb; sleep 1; echo bombed"""));

        List<JsonNode> lines = client.run("forks");

        String output = results(lines).getFirst().required("output").asString();
        assertThat(output).containsPattern("limited after \\d+");
        int forked = Integer.parseInt(output.replaceAll("(?s).*limited after (\\d+).*", "$1"));
        assertThat(forked).isLessThan(PROCESSES);
        assertThat(lines.getLast().required("status").asString()).isEqualTo("success");
        LeftOvers.awaitNoCommand("bomb");
        assertThat(client.get("/health/ready").required("status").asString()).isEqualTo("ready");
        script("next", bash("echo still here"));
        assertThat(results(client.run("next")).getFirst().required("output").asString())
                .isEqualTo("still here\n");
    }

    @Test
    void aGigabyteOfOutputIsCutAndHeldByNobody() throws Exception {
        script("warm", bash("head -c 1000000 /dev/zero | tr '\\0' x"));
        script("prints", bash("head -c 1000000000 /dev/zero | tr '\\0' x"));
        client.run("warm");
        long before = server.residentMiB();

        List<JsonNode> lines = client.run("prints");

        JsonNode result = results(lines).getFirst();
        assertThat(result.required("truncated_bytes").asLong()).isBetween(999_000_000L, 1_000_000_000L);
        assertThat(result.required("output").asString())
                .hasSizeLessThan(200_000)
                .startsWith("xxx");
        assertThat(lines.getLast().required("status").asString()).isEqualTo("success");
        assertThat(server.peakResidentMiB() - before).isLessThan(200);
    }

    @Test
    void linksOutOfTheWorkspaceLeadNowhereAlsoInAProjectDirectory() throws Exception {
        // Not beneath /tmp, as a checkout may be: a sandbox has a /tmp of its own in which any path may exist.
        Path outside =
                Files.writeString(Files.createTempFile(Path.of("/var/tmp"), "outside", ".txt"), "not for agents");
        script(
                "links",
                bash("ln -s " + outside + " file; ln -s / root; ln -s /proc/1/root/etc/passwd deep; ln -s ../../.. up"),
                step("Reads.", "Read", Map.of("file_path", "file")),
                step("Reads.", "Read", Map.of("file_path", "deep")),
                step("Reads.", "Read", Map.of("file_path", "root/etc/passwd")),
                step("Reads.", "Read", Map.of("file_path", "up" + outside)),
                step("Writes.", "Write", Map.of("file_path", "file", "content", "changed")),
                step("Writes.", "Write", Map.of("file_path", "root" + outside, "content", "changed")),
                step("Looks.", "Grep", Map.of("pattern", "not for agents", "path", "root" + outside.getParent())));

        for (String directory : List.of("/workspace", "/workspace/linked")) {
            List<JsonNode> lines = Client.json(client.post(
                    "/agent/run",
                    JSON.writeValueAsString(
                            Map.of("prompt", "go", "model", "scripted:links", "working_dir", directory))));

            List<JsonNode> results = results(lines);
            assertThat(results).hasSize(8);
            assertThat(results.subList(1, 7))
                    .as(directory)
                    .allSatisfy(result -> assertThat(result.required("is_error").asBoolean())
                            .as("%s", result)
                            .isTrue());
            assertThat(results.stream().map(result -> result.required("output").asString()))
                    .noneMatch(output -> output.contains("not for agents\n") || output.contains("root:"));
            assertThat(outside).hasContent("not for agents");
        }
        Files.delete(outside);
    }

    @Test
    void aProvidersKeyIsNowhereHoweverItIsWrittenAndWhereverItIsCut() throws Exception {
        List<String> pieces =
                List.of("It is ", KEY.substring(0, 3), KEY.substring(3, 20), KEY.substring(20), " and ", KEY, ".");
        String reversed = new StringBuilder(KEY).reverse().toString();
        script(
                "leaks",
                Map.of(
                        "thinking",
                        "The key " + KEY,
                        "text",
                        pieces,
                        "delta_ms",
                        5,
                        "tool_calls",
                        List.of(Map.of("tool", "Bash", "input", Map.of("command", "echo " + KEY)))),
                bash("""
                        python3 - <<'END'
                        import base64, sys, time, urllib.parse
                        key = '%s'[::-1]
                        for part in key[:7], key[7:30], key[30:], '\\n':
                            sys.stdout.write(part)
                            sys.stdout.flush()
                            time.sleep(0.02)
                        raw = key.encode()
                        for text in (raw.hex(), raw.hex().upper(), urllib.parse.quote(key), urllib.parse.quote(key, safe=''),
                                     urllib.parse.quote_plus(key), base64.b64encode(raw).decode(),
                                     base64.b64encode(b'Bearer ' + raw).decode(), base64.urlsafe_b64encode(b'x:' + raw).decode()):
                            print(text)
                        print(key, file=sys.stderr)
                        END""".formatted(reversed)),
                step("Fails.", "Read", Map.of("file_path", KEY)));
        String body = "{\"prompt\":\"use " + KEY + "\",\"model\":\"scripted:leaks\",\"stream_deltas\":true}";

        String lines = client.post("/agent/run", body);
        String events = client.post("/agent/run", body, "Accept", "text/event-stream");
        String session = Client.json(lines).getFirst().required("session_id").asString();
        List<String> told = List.of(
                lines,
                events,
                client.getText("/agent/session/" + session + "/events"),
                client.getText("/agent/session/" + session + "/status"),
                client.post("/agent/run", "{\"prompt\":\"a\",\"" + KEY + "\":1}"),
                client.post("/agent/run", "{\"prompt\":\"a\",\"model\":\"" + KEY + "\"}"),
                client.post("/agent/run", "{\"prompt\":\"a\",\"working_dir\":\"/" + KEY + "\"}"),
                client.getText("/" + hex()),
                Files.readString(data.resolve("server.log")),
                Files.readString(data.resolve("belay.db"), StandardCharsets.ISO_8859_1),
                Files.readString(data.resolve("belay.db-wal"), StandardCharsets.ISO_8859_1));

        // The program did print it, and was shown to.
        assertThat(lines).contains("[redacted ANTHROPIC_API_KEY]");
        assertThat(results(Client.json(lines)).get(1).required("output").asString())
                .matches(text ->
                        text.lines().filter(line -> line.contains("[redacted")).count() >= 9);
        for (String text : told) {
            assertNoForm(text);
        }
        assertNoForm(Client.json(lines).stream()
                .filter(line -> Client.isOf(line, "text_delta"))
                .map(line -> line.required("content").asString())
                .collect(Collectors.joining()));
    }

    private static String hex() {
        return HexFormat.of().formatHex(KEY.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertNoForm(String text) {
        byte[] bytes = KEY.getBytes(StandardCharsets.UTF_8);
        String base64 = Base64.getEncoder().withoutPadding().encodeToString(bytes);
        Stream.of(KEY, hex(), base64.substring(0, base64.length() - 2), "correct-horse-battery", "f%7Eg", "f~g%20h")
                .forEach(form -> assertThat(text).doesNotContainIgnoringCase(form));
    }
}
