package dev.belay.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.ConfigurationException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Starting, stopping, dying, and what is left afterwards. */
class LifecycleTest {
    private static final String HI = "{\"prompt\": \"hi\", \"model\": \"scripted\"}";

    @TempDir
    private Path data;

    @Test
    void theFirstStartAndNoOtherMakesAnAdministratorKey() {
        try (RunningServer server = RunningServer.start(data)) {
            assertThat(server.server().firstKey()).isPresent();
        }
        try (RunningServer server = RunningServer.start(data)) {
            assertThat(server.server().firstKey()).isEmpty();
        }
    }

    @Test
    void aSecondServerOnTheSameDirectoryIsRefusedAndToldWhereTheFirstIs() {
        try (RunningServer server = RunningServer.start(data)) {
            assertThatThrownBy(() -> RunningServer.start(data))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(data.toString())
                    .hasMessageContaining(server.url());
            assertThat(server.api().run(HI).result().get("status").asString()).isEqualTo("success");
        }
    }

    @Test
    void aPortThatIsTakenIsToldAndTheDirectoryReleased(@TempDir Path other) {
        try (RunningServer server = RunningServer.start(data)) {
            String port = "" + URI.create(server.url()).getPort();

            assertThatThrownBy(() -> RunningServer.start(other, Map.of("server.port", port)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + port);
        }
        try (RunningServer server = RunningServer.start(other)) {
            assertThat(server.server().firstKey()).isPresent();
        }
    }

    @Test
    void anOrderlyStopEndsEveryStreamWithALastEvent() {
        RunningServer server = RunningServer.start(data);
        server.script("works", """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 60"}}]}, {"text": "Done."}]}""");
        String idle = server.api().run(HI).session();
        try (Api.Stream run = server.api().stream(
                        "POST", "/agent/run", "{\"prompt\": \"go\", \"model\": \"scripted:works\"}");
                Api.Stream follow = server.api().stream("GET", "/agent/session/" + idle + "/events?follow=true", "")) {
            run.next("tool_use");
            follow.next("result");

            server.close();

            JsonNode result = run.next("result");
            assertThat(result.get("status").asString()).isEqualTo("interrupted");
            assertThat(run.nextText()).isEmpty();
            assertThat(follow.next("status").has("resume_after")).isTrue();
            assertThat(follow.nextText()).isEmpty();
        }
    }

    @Test
    void aStopWhileNothingCanBeStoredEndsEveryRunWithItsResultAllTheSame() {
        RunningServer server = RunningServer.start(data);
        server.script("hangs", "{\"steps\": [{\"delay_ms\": 600000, \"text\": \"never\"}]}");
        try (Api.Stream run =
                server.api().stream("POST", "/agent/run", "{\"prompt\": \"go\", \"model\": \"scripted:hangs\"}")) {
            run.next("status");
            await().until(() -> server.server().belay().database().read(view ->
                            (int) view.number("SELECT COUNT(*) FROM event WHERE kind = 'model.requested'"))
                    == 1);
            server.server().belay().database().write(tx -> tx.update("ALTER TABLE event RENAME TO event_away"));

            server.close();

            assertThat(run.next("result").get("status").asString()).isEqualTo("interrupted");
            assertThat(run.nextText()).isEmpty();
        }
    }

    @Test
    void whatWasToldBeforeARestartIsToldAgainAfterIt() {
        Lines before;
        String key;
        try (RunningServer server = RunningServer.start(data)) {
            before = server.api().run(HI);
            key = server.key();
        }
        try (RunningServer server = RunningServer.start(data)) {
            Api api = server.anonymous().with("X-API-Key", key);

            assertThat(api.events(before.session(), "").texts()).isEqualTo(before.durable());
        }
    }

    @Test
    void aServerThatIsKilledLosesNothingThatItToldAndShowsTheTurnAsInterrupted() throws Exception {
        String mark = "4" + System.nanoTime() % 100_000;
        Files.createDirectories(data.resolve("scripts"));
        Files.writeString(data.resolve("scripts/works.json"), """
            {"steps": [
              {"text": "One.", "tool_calls": [{"tool": "Bash", "input": {"command": "echo one"}}]},
              {"text": "Two.", "tool_calls": [{"tool": "Bash", "input": {"command": "sleep %s"}}]},
              {"text": "Three."}]}""".formatted(mark));
        List<String> told = new ArrayList<>();
        ServerProcess process = ServerProcess.start(data);
        try (Api.Stream run = new Api(process.url(), Map.of())
                .stream("POST", "/agent/run", "{\"prompt\": \"go\", \"model\": \"scripted:works\"}")) {
            for (Optional<String> line = run.nextText(); line.isPresent(); line = run.nextText()) {
                told.add(line.get());
                if (line.get().contains("sleep " + mark)) {
                    break;
                }
            }
            await().until(() -> sandboxed(mark));
        } finally {
            process.kill();
        }
        await().atMost(Duration.ofSeconds(2)).until(() -> !sandboxed(mark));

        String session =
                JsonMapper.shared().readTree(told.getFirst()).get("session_id").asString();
        try (RunningServer server = RunningServer.startDev(data)) {
            Lines after = server.anonymous().events(session, "");

            assertThat(after.texts()).startsWith(told.toArray(String[]::new));
            assertThat(after.result().get("status").asString()).isEqualTo("interrupted");
            assertThat(after.result().at("/error/code").asString()).isEqualTo("server_stopped");
            assertThat(after.of("tool_result").getLast().get("output").asString())
                    .contains("unknown");
            assertThat(server.anonymous().status(session).get("status").asString())
                    .isEqualTo("hibernated");
        }
    }

    /** Whether a process runs on this machine whose command line has the mark. */
    private static boolean sandboxed(String mark) {
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            return processes
                    .map(process -> process.info().arguments().orElse(new String[0]))
                    .anyMatch(arguments -> List.of(arguments).contains(mark));
        }
    }

    @Test
    void aFullDiskIsToldAndNothingThatWasToldIsLost() throws Exception {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root can mount the small file system to fill");
        Path small = Files.createDirectory(data.resolve("small"));
        command("mount", "-t", "tmpfs", "-o", "size=16m", "belay-test", small.toString());
        try (RunningServer server = RunningServer.startDev(small)) {
            Lines before = server.anonymous().run(HI);
            Path filler = small.resolve("filler");
            fill(filler);

            Api.Answer refused = server.anonymous().post("/agent/run", "{\"prompt\": \"" + "x".repeat(900_000) + "\"}");

            assertThat(refused.status()).as(refused.text()).isEqualTo(507);
            assertThat(refused.errorCode()).isEqualTo("storage_full");
            assertThat(server.anonymous().events(before.session(), "").texts()).isEqualTo(before.durable());
            assertThat(server.anonymous().get("/health/ready").status()).isEqualTo(503);

            Files.delete(filler);
            assertThat(server.anonymous().run(HI).result().get("status").asString())
                    .isEqualTo("success");
            assertThat(server.anonymous().get("/health/ready").status()).isEqualTo(200);
        } finally {
            command("umount", small.toString());
        }
    }

    private static void fill(Path file) {
        byte[] block = new byte[4096];
        try (var out = Files.newOutputStream(file)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            // Full.
        }
    }

    private static void command(String... words) throws Exception {
        Process process = new ProcessBuilder(words).inheritIO().start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
