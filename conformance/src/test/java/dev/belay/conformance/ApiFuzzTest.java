package dev.belay.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.process.ServerProcess;
import dev.belay.bench.suite.Suite;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests made up from {@code /openapi.json}, those that fit it and those that just do not, against a server in a process of its own: it
 * never fails, and every answer is one that the description promises.
 */
@Tag("conformance")
class ApiFuzzTest {
    @TempDir
    Path root;

    @Test
    void everyAnswerToWhateverIsAskedFitsTheDescription() throws Exception {
        String python = System.getProperty("belay.client.python", "");
        Assumptions.assumeFalse(python.isEmpty(), "no Python with schemathesis; ./belay test makes one");
        Suite suite = Suite.begin("conformance");
        Path data = Files.createDirectories(root.resolve("data"));
        writeScripts(data);

        try (ServerProcess server = ServerProcess.startWithKeys(data)) {
            Path tally = root.resolve("tally.json");
            Process process = fuzz(python, server.url(), suite, tally, secrets(server, data));
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(process.waitFor()).as(printed).isZero();
            String told = Files.readString(tally);
            System.out.println(told);
            suite.result(printed.lines()
                    .filter(line -> line.matches(" *\\d+ generated,.*"))
                    .map(String::strip)
                    .collect(Collectors.joining()));
            // It did get through to what there is to be tested.
            assertThat(told)
                    .contains(
                            "POST /agent/run 200",
                            "GET /agent/session/{session_id}/events 200",
                            "GET /agent/session/{session_id}/status 200",
                            "POST /belay/v1/organisations/{organisation}/keys 201");
            assertThat(Files.readString(data.resolve("server.log"))).doesNotContain("ERROR");
        }
    }

    /** The administrator's key and the local token. */
    private record Secrets(String key, String token) {}

    private static Secrets secrets(ServerProcess server, Path data) throws IOException {
        return new Secrets(server.key(), Files.readString(data.resolve("belay.token")));
    }

    private Process fuzz(String python, String url, Suite suite, Path tally, Secrets secrets) throws Exception {
        Path hooks = Path.of(ApiFuzzTest.class.getResource("/fuzz/hooks.py").toURI());
        ProcessBuilder fuzzer = new ProcessBuilder(List.of(
                        Path.of(python).resolveSibling("schemathesis").toString(),
                        "--config-file",
                        configuration(secrets).toString(),
                        "run",
                        url + "/openapi.json",
                        "--checks=all",
                        // A protocol of its own within one body, which its own client drives in McpClientTest.
                        "--exclude-path=/mcp",
                        // The handshake of a WebSocket, which this fuzzer cannot shake.
                        "--exclude-path=/agent/ws",
                        "--phases=examples,coverage,fuzzing,stateful",
                        "--max-examples=" + suite.size(25, 1000),
                        "--seed=" + suite.seed(),
                        "--request-timeout=20",
                        "--continue-on-failure",
                        "--no-shrink",
                        // CPython 3.11 parses its own source in one thread at a time only (cpython#106905).
                        "--workers=1"))
                .directory(root.toFile())
                .redirectErrorStream(true);
        fuzzer.environment()
                .putAll(Map.of(
                        "SCHEMATHESIS_HOOKS", "hooks",
                        "PYTHONPATH", hooks.getParent().toString(),
                        "BELAY_FUZZ_URL", url,
                        "BELAY_FUZZ_KEY", secrets.key(),
                        "BELAY_FUZZ_TOKEN", secrets.token(),
                        "BELAY_FUZZ_TALLY", tally.toString(),
                        "BELAY_FUZZ_SEED", Integer.toString(suite.seed()),
                        "NO_PROXY", "*"));
        return fuzzer.start();
    }

    private static void writeScripts(Path data) throws IOException {
        Files.writeString(data.resolve("belay.toml"), """
            [agent]
            model = "scripted"
            # Nobody answers what a run may ask.
            approval_s = 1
            [log]
            level = "warn"
            """);
        Path scripts = Files.createDirectories(data.resolve("scripts"));
        Files.writeString(scripts.resolve("busy.json"), """
            {"price": {"input": 3, "output": 15}, "steps": [
              {"thinking": "First a look.", "text": ["I ", "look."], "usage": {"input_tokens": 10, "output_tokens": 5},
               "tool_calls": [{"tool": "Write", "input": {"file_path": "a.txt", "content": "a"}},
                              {"tool": "Bash", "input": {"command": "echo '{\\"a\\": 1}'"}}]},
              {"tool_calls": [{"tool": "Read", "input": {"file_path": "missing.txt"}}, {"tool": "None", "input": {}}]},
              {"text": "Done."}]}\
            """);
        Files.writeString(
                scripts.resolve("fails.json"), "{\"steps\": [{\"error\": {\"status\": 401, \"message\": \"no\"}}]}");
    }

    /** Where the fuzzer finds the two kinds of secrets, and which refusals of requests that fit the description are none of its business. */
    private Path configuration(Secrets secrets) throws IOException {
        return Files.writeString(
                root.resolve("schemathesis.toml"), """
                    [auth.openapi.bearer]
                    bearer = "%s"
                    [auth.openapi.apiKey]
                    api_key = "%s"
                    [auth.openapi.localToken]
                    bearer = "%s"
                    # What only the server can know: names that do not exist, two places of an option that contradict each other.
                    [checks.positive_data_acceptance]
                    expected-statuses = ["2xx", "400", "401", "403", "404", "409", "413", "422"]
                    # It takes the 404 of a file or workspace that the request names besides for one of what was just made.
                    [checks.ensure_resource_availability]
                    enabled = false
                    """.formatted(secrets.key(), secrets.key(), secrets.token()));
    }
}
