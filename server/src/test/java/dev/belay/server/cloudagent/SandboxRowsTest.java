package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import dev.belay.server.http.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The rows on the sandbox of the Cloud Agent contract's checklist (section 5), through {@code POST /agent/run}. */
class SandboxRowsTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("sandbox.file_bytes", "134217728"));
        api = server.api();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private record Call(String tool, ObjectNode input) {
        static Call code(String code) {
            return new Call("mcp__sandbox__execute_code", Json.object().put("code", code));
        }

        static Call shell(String command) {
            return new Call("mcp__sandbox__execute_shell", Json.object().put("command", command));
        }

        Call within(int seconds) {
            input.put("timeout", seconds);
            return this;
        }
    }

    /** A run whose model makes these calls, one after the other; the output of each. */
    private static List<JsonNode> run(String name, String options, Call... calls) {
        ObjectNode script = Json.object();
        ArrayNode steps = script.putArray("steps");
        for (Call call : calls) {
            steps.addObject()
                    .putArray("tool_calls")
                    .addObject()
                    .put("tool", call.tool())
                    .set("input", call.input());
        }
        steps.addObject().put("text", "Done.");
        server.script(name, script.toString());
        Lines lines = api.run("{\"prompt\": \"go\", \"model\": \"scripted:" + name + "\"" + options + "}");
        assertThat(lines.result().get("status").asString())
                .as(lines.result().toString())
                .isEqualTo("success");
        return lines.of("tool_result").stream().map(line -> line.get("output")).toList();
    }

    private static String stdout(JsonNode output) {
        assertThat(output.path("status").asString()).as(output.toString()).isEqualTo("success");
        return output.get("stdout").asString();
    }

    @Test
    void executeCodeKeepsItsStateAndTakesCodeAsItIs() {
        List<JsonNode> outputs = run(
                "code",
                "",
                Call.code("""
                        import math
                        x = 1
                        def f(): return x + 1
                        class Pair:
                            def __init__(self, a): self.a = a
                        pairs, numbers = [Pair(7)], (n * n for n in range(9))
                        next(numbers)"""),
                Call.code("x = 2\nraise ValueError('no')"),
                Call.code("print(f(), math.floor(2.5), pairs[0].a, next(numbers), next(numbers))"),
                Call.code(
                        "print('''a\"b\\\\c''' + \"\"\"'\"\"\" + r'\\n$(x)`y`' + 'é漢\uD83D\uDE00')\r\nprint('two')\r\n"),
                Call.code("import os; os.write(1, bytes([65, 255, 0, 66])) and None"),
                Call.code("large = '''" + "abc\n".repeat(1_310_720) + "'''\nprint(len(large), x)"));

        assertThat(outputs.get(1).get("status").asString()).isEqualTo("error");
        assertThat(outputs.get(1).get("stderr").asString()).contains("ValueError: no");
        assertThat(stdout(outputs.get(2))).isEqualTo("3 2 7 1 4\n");
        assertThat(stdout(outputs.get(3))).isEqualTo("a\"b\\c'\\n$(x)`y`é漢\uD83D\uDE00\ntwo\n");
        assertThat(stdout(outputs.get(4))).isEqualTo("A\ufffd\0B");
        assertThat(stdout(outputs.get(5))).isEqualTo("5242880 2\n");
    }

    @Test
    void whatASandboxMayNotItCannotAndTheRunGoesOn() {
        String attempt = """
                import ctypes, socket
                libc = ctypes.CDLL(None)
                def unreachable(*address):
                    try:
                        socket.create_connection(address, 2).close()
                    except OSError:
                        return True
                ATTACH, NEW_USER = 16, 0x10000000
                print(unreachable("127.0.0.1", %s), unreachable("192.0.2.1", 80))
                print(libc.mount(b"none", b"/mnt", b"tmpfs", 0, None), libc.ptrace(ATTACH, 1, None, None), libc.unshare(NEW_USER))
                """.formatted(server.url().substring(server.url().lastIndexOf(':') + 1));
        List<JsonNode> outputs = run(
                "hostile",
                ", \"sandbox\": {\"memory_mb\": 256}",
                Call.shell("bomb() { bomb | bomb & } 2>/dev/null; bomb; sleep 1; echo over")
                        .within(5),
                Call.code("bytearray(2 << 30)"),
                Call.shell("head -c 10G /dev/zero > big"),
                Call.shell("stat -c %s big"),
                Call.shell("exec -a endless sh -c 'trap \"\" INT TERM; while :; do :; done'")
                        .within(1),
                Call.code("while True: pass").within(1),
                Call.shell("cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -c '[b]omb\\|[e]ndless'"),
                Call.code(attempt));

        assertThat(stdout(outputs.getFirst())).isEqualTo("over\n");
        assertFailed(outputs.get(1), "OutOfMemoryError");
        assertFailed(outputs.get(2), "FileTooLargeError");
        assertThat(stdout(outputs.get(3))).isEqualTo((128 << 20) + "\n");
        assertFailed(outputs.get(4), "TimeoutError");
        assertFailed(outputs.get(5), "TimeoutError");
        // Killed, and not only given up: nothing of it is left.
        assertThat(outputs.get(6).get("stdout").asString()).isEqualTo("0\n");
        assertThat(stdout(outputs.get(7))).isEqualTo("True True\n-1 -1 -1\n");
    }

    private static void assertFailed(JsonNode output, String type) {
        assertThat(output.get("status").asString()).as(output.toString()).isEqualTo("error");
        assertThat(output.get("error_type").asString()).isEqualTo(type);
    }

    @Test
    void whatWasUploadedIsThereForARun() {
        String sandbox = "/v1/sandboxes/"
                + api.post("/v1/sandboxes", "{\"projects\": [\"files\"]}")
                        .json()
                        .get("id")
                        .asString();
        byte[] large = new byte[100_000_000];
        new Random(1).nextBytes(large);
        String strange = "a b/it's $(touch bad)";
        Map<String, byte[]> files =
                Map.of("empty", new byte[0], "large", large, strange, "strange".getBytes(StandardCharsets.UTF_8));
        files.forEach((path, bytes) -> assertThat(api.call(
                                "PUT",
                                sandbox + "/files?path="
                                        + URLEncoder.encode("/workspace/files/" + path, StandardCharsets.UTF_8),
                                bytes)
                        .json()
                        .get("size")
                        .asLong())
                .isEqualTo(bytes.length));

        JsonNode seen = run(
                        "reads",
                        ", \"working_dir\": \"/workspace/files\"",
                        Call.shell("stat -c %s empty large; cat \"a b/it's \\$(touch bad)\"; sha256sum < large; ls -R"))
                .getFirst();
        assertThat(stdout(seen))
                .startsWith("0\n100000000\nstrange" + sha256(large))
                .doesNotContain("\nbad\n");
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aBatchAnswersInItsOrderAndRunsNoMoreAtOnceThanMay() {
        ObjectNode batch = Json.object().put("tool_name", "execute_shell");
        ArrayNode inputs = batch.putArray("tool_inputs");
        for (int i = 0; i < 50; i++) {
            inputs.addObject()
                    .put(
                            "command",
                            i % 20 == 5
                                    ? "echo no >&2; exit 7"
                                    : "touch /tmp/run-$$; ls /tmp/run-* | wc -l; sleep 0.05; rm /tmp/run-$$; echo "
                                            + i);
        }
        JsonNode output =
                run("batch", "", new Call("mcp__sandbox__batch", batch)).getFirst();
        assertThat(output.get("count").asInt()).isEqualTo(50);
        int most = 0;
        for (int i = 0; i < 50; i++) {
            JsonNode result = output.get("results").get(i);
            JsonNode error = output.get("errors").get(i);
            if (i % 20 == 5) {
                assertThat(result.isNull()).isTrue();
                assertThat(error.asString()).startsWith("input " + i + ": ").contains("no");
            } else {
                assertThat(error.isNull()).isTrue();
                String[] said = stdout(Json.read(result.asString())).split("\n");
                assertThat(said[1]).isEqualTo(Integer.toString(i));
                most = Math.max(most, Integer.parseInt(said[0]));
            }
        }
        assertThat(most).isBetween(2, 8);
    }
}
