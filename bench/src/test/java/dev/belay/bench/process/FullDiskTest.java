package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The disk under the data directory fills up: a small file system of the test's own. */
class FullDiskTest {
    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir
    Path root;

    private interface OnSmallDisk {
        void run(Path disk) throws Exception;
    }

    private void onSmallDisk(OnSmallDisk test) throws Exception {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "mounting needs root");
        Path disk = Files.createDirectory(root.resolve("disk"));
        command("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString());
        try {
            test.run(disk);
        } finally {
            command("umount", "-l", disk.toString());
        }
    }

    @Test
    void aNewSandboxIsRefusedAndOneThatRunsIsUnharmed() throws Exception {
        onSmallDisk(disk -> {
            try (ServerProcess server = ServerProcess.start(disk)) {
                Client client = new Client(server.url());
                String running = made(client.answer("/v1/sandboxes", "{}"));
                String job = "/v1/sandboxes/" + running + "/exec";
                client.post(job, "{\"command\":\"echo kept > f; echo $$ > pid; exec sleep 600\",\"async\":true}");
                Awaitility.await()
                        .until(() ->
                                client.post(job, "{\"command\":\"cat pid\"}").contains("\"exitCode\":0"));

                fill(disk.resolve("filler"));
                HttpResponse<String> refused = client.answer("/v1/sandboxes", "{}");
                assertThat(refused.statusCode()).as(refused.body()).isEqualTo(507);
                assertThat(refused.body()).contains("storage_full", "free space");

                Files.delete(disk.resolve("filler"));
                Awaitility.await()
                        .until(() -> client.answer("/v1/sandboxes", "{}").statusCode() == 201);
                assertThat(client.post(job, "{\"command\":\"cat f; kill -0 $(cat pid) && echo alive\"}"))
                        .contains("kept\\nalive\\n");
            }
        });
    }

    private static String made(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JSON.readTree(answer.body()).required("id").asString();
    }

    @Test
    void theReaderIsToldAndTheEndIsStoredOnceThereIsRoomAgain() throws Exception {
        onSmallDisk(disk -> {
            Files.createDirectories(disk.resolve("scripts"));
            Files.writeString(
                    disk.resolve("scripts/big.json"),
                    JSON.writeValueAsString(Map.of(
                            "steps", List.of(Map.of("text", "x".repeat(2 << 20), "delay_ms", 1500)))));
            try (ServerProcess server = ServerProcess.start(disk)) {
                List<JsonNode> seen = runWhileTheDiskFills(server.url(), disk.resolve("filler"));

                JsonNode result = seen.getLast();
                assertThat(result.required("type").asString()).isEqualTo("result");
                assertThat(result.required("status").asString()).isEqualTo("error");
                assertThat(result.required("error").required("code").asString()).isEqualTo("storage_full");
                assertThat(result.required("error").required("message").asString())
                        .contains("free space");
                assertThat(seen)
                        .filteredOn(e -> e.required("type").asString().equals("result"))
                        .hasSize(1);
                String session = result.required("session_id").asString();

                Files.delete(disk.resolve("filler"));
                Client client = new Client(server.url());
                Awaitility.await()
                        .until(() -> client.get("/agent/session/" + session + "/status")
                                .required("status")
                                .asString()
                                .equals("idle"));
                List<JsonNode> stored = client.events(session);
                assertThat(stored)
                        .startsWith(seen.stream().filter(e -> e.has("seq")).toArray(JsonNode[]::new));
                assertThat(stored.getLast().required("error").required("code").asString())
                        .isEqualTo("storage_full");
            }
        });
    }

    private static List<JsonNode> runWhileTheDiskFills(String url, Path filler) throws Exception {
        List<JsonNode> seen = new ArrayList<>();
        BufferedReader reader = new Client(url).start("{\"prompt\":\"go\",\"model\":\"scripted:big\"}");
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (seen.isEmpty()) {
                fill(filler);
            }
            seen.add(JSON.readTree(line));
        }
        return seen;
    }

    private static void fill(Path filler) throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(filler)) {
            for (int i = 0; i < 24 << 8; i++) {
                out.write(block);
            }
        } catch (IOException full) {
            return;
        }
        throw new AssertionError("the disk did not fill up");
    }

    private static void command(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).isZero();
    }
}
