package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server that is killed in the middle of a turn, and what its successor finds. */
class CrashTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int SECOND_CALL_RUNS = 2;

    @TempDir
    Path root;

    @Test
    void afterAKillEveryEventThatWasSeenIsThereAndTheTurnIsInterrupted() throws Exception {
        String marker = "54" + ProcessHandle.current().pid();
        Files.createDirectories(root.resolve("scripts"));
        Files.writeString(
                root.resolve("scripts/crash.json"),
                JSON.writeValueAsString(Map.of(
                        "steps",
                        List.of(
                                Map.of("text", "First.", "tool_calls", List.of(bash("echo one"))),
                                Map.of(
                                        "text",
                                        "Second.",
                                        "tool_calls",
                                        List.of(bash("setsid sleep " + marker + " & sleep " + marker)))))));
        List<JsonNode> seen;
        try (ServerProcess first = ServerProcess.start(root)) {
            seen = readUntilSecondCall(first.url());
            Awaitility.await().until(() -> running(marker) == 2);
            first.kill();
        }
        Awaitility.await("no process of the sandbox outlives the server").until(() -> running(marker) == 0);

        List<Path> before = sandboxes();
        assertThat(before).isNotEmpty();
        try (ServerProcess second = ServerProcess.start(root)) {
            String session = seen.getFirst().required("session_id").asString();
            Client client = new Client(second.url());
            List<JsonNode> events = client.events(session);

            assertThat(events.stream().filter(e -> e.has("seq")).toList())
                    .startsWith(seen.stream().filter(e -> e.has("seq")).toArray(JsonNode[]::new));
            JsonNode last = events.getLast();
            assertThat(last.required("type").asString()).isEqualTo("result");
            assertThat(last.required("status").asString()).isEqualTo("interrupted");
            assertThat(last.required("summary").asString()).isEqualTo("Second.");
            assertThat(events)
                    .filteredOn(e -> e.required("type").asString().equals("tool_result"))
                    .hasSize(2)
                    .last()
                    .satisfies(e -> assertThat(e.required("output").asString()).contains("unknown"));
            JsonNode status = client.get("/agent/session/" + session + "/status");
            assertThat(status.required("status").asString()).isEqualTo("hibernated");
            // The run's files, until they were idle for long enough; what was built ahead is gone.
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(sandboxes()).filteredOn(before::contains).hasSize(1));
        }
    }

    private List<Path> sandboxes() throws IOException {
        try (var directories = Files.list(root.resolve("sandboxes"))) {
            return directories.toList();
        }
    }

    @Test
    void aSecondServerOnTheSameDataDirectoryIsRefusedByName() throws Exception {
        try (ServerProcess first = ServerProcess.start(root)) {
            assertThatThrownBy(() -> ServerProcess.start(root))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is in use by process")
                    .hasMessageContaining(first.url());
            assertThat(new Client(first.url())
                            .get("/health/live")
                            .required("status")
                            .asString())
                    .isEqualTo("live");
        }
    }

    private static Map<String, Object> bash(String command) {
        return Map.of("tool", "Bash", "input", Map.of("command", command));
    }

    private static long running(String marker) {
        return ProcessHandle.allProcesses()
                .flatMap(p -> p.info().commandLine().stream())
                .filter(line -> line.matches("(\\S*/)?sleep " + marker))
                .count();
    }

    private static List<JsonNode> readUntilSecondCall(String url) throws Exception {
        List<JsonNode> seen = new ArrayList<>();
        BufferedReader lines = new Client(url).start("{\"prompt\":\"go\",\"model\":\"scripted:crash\"}");
        int calls = 0;
        while (calls < SECOND_CALL_RUNS) {
            JsonNode event = JSON.readTree(lines.readLine());
            seen.add(event);
            calls += Client.isOf(event, "tool_use") ? 1 : 0;
        }
        return seen;
    }
}
