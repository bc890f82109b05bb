package dev.belay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.http.ServerUnreachableException;
import dev.belay.client.sandbox.BackgroundExec;
import dev.belay.client.sandbox.Command;
import dev.belay.client.sandbox.ExecResult;
import dev.belay.client.sandbox.Inspection;
import dev.belay.client.sandbox.RunningCommand;
import dev.belay.client.sandbox.Sandbox;
import dev.belay.client.sandbox.SandboxEvent;
import dev.belay.client.sandbox.SandboxEvents;
import dev.belay.client.sandbox.SandboxFiles;
import dev.belay.client.sandbox.SandboxFiles.ArchiveFormat;
import dev.belay.client.sandbox.SandboxFiles.FileStat;
import dev.belay.client.sandbox.SandboxRequest;
import dev.belay.client.sandbox.Sandboxes;
import dev.belay.client.sandbox.TerminalSize;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import dev.belay.store.DataDirectory;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BelayClientTest {
    private static BelayServer server;
    private static Path data;
    private static BelayClient client;
    private static Sandboxes sandboxes;
    private static Sandbox sandbox;

    @BeforeAll
    static void start(@TempDir Path directory) {
        data = directory;
        server = BelayServer.start(new ServerOptions(
                Configuration.read(new ConfigurationSources(
                        Optional.empty(),
                        Map.of("server.port", "0", "data.directory", data.toString(), "log.level", "warn"),
                        Map.of())),
                Map.of(),
                false));
        client = BelayClient.connect(
                server.url() + "/", server.firstKey().orElseThrow().secret());
        sandboxes = client.sandboxes();
        sandbox = sandboxes.create(SandboxRequest.STANDARD);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    @Test
    void aSandboxLivesFromCreateToDestroy() {
        Sandbox made = sandboxes.create(new SandboxRequest(
                Optional.of("mine"),
                Map.of("team", "a"),
                Optional.of(Duration.ofMinutes(30)),
                Optional.empty(),
                OptionalInt.of(256),
                SandboxRequest.STANDARD.cpus(),
                SandboxRequest.STANDARD.processes(),
                SandboxRequest.STANDARD.diskMib(),
                List.of()));
        assertThat(made.state()).isEqualTo("started");
        assertThat(made.name()).contains("mine");
        assertThat(made.labels()).containsExactly(Map.entry("team", "a"));
        assertThat(made.stopsAt()).isPresent();
        assertThat(sandboxes.list()).extracting(Sandbox::id).contains(made.id());

        sandboxes.files(made.id()).write("kept.txt", "still here".getBytes());
        assertThat(sandboxes.stop(made.id()).state()).isEqualTo("stopped");
        assertThat(sandboxes.start(made.id()).state()).isEqualTo("started");
        assertThat(sandboxes.exec(made.id(), Command.shell("cat kept.txt")).output())
                .isEqualTo("still here");

        sandboxes.destroy(made.id());
        assertThat(sandboxes.get(made.id()).state()).isEqualTo("destroyed");
        assertThat(sandboxes.list()).extracting(Sandbox::id).doesNotContain(made.id());
    }

    @Test
    void aCommandsEndIsAResultWhateverItsExitCode() {
        ExecResult result = sandboxes.exec(
                sandbox.id(),
                Command.shell("pwd; echo $WORD; echo bad >&2; exit 7")
                        .in("/tmp")
                        .withEnv(Map.of("WORD", "a b")));
        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.output()).isEqualTo("/tmp\na b\nbad\n");
        assertThat(sandboxes
                        .exec(sandbox.id(), Command.of("printf", "%s|", "it's", "$HOME", ""))
                        .output())
                .isEqualTo("it's|$HOME||");
        ExecResult late = sandboxes.exec(sandbox.id(), Command.shell("sleep 60").withTimeout(Duration.ofMillis(300)));
        assertThat(late.exitCode()).isEqualTo(124);
        assertThat(late.status()).isEqualTo("timed_out");
    }

    @Test
    void outputComesWhileTheCommandRuns() {
        try (RunningCommand running = sandboxes.streamWithInput(
                sandbox.id(), Command.shell("echo asked; read answer; echo got $answer >&2; exit 4"))) {
            RunningCommand.Output first = running.next().orElseThrow();
            assertThat(new String(first.bytes())).isEqualTo("asked\n");
            assertThat(first.error()).isFalse();
            running.write("yes\n".getBytes());
            RunningCommand.Output second = running.next().orElseThrow();
            assertThat(new String(second.bytes())).isEqualTo("got yes\n");
            assertThat(second.error()).isTrue();
            assertThat(running.next()).isEmpty();
            assertThat(running.result().orElseThrow().exitCode()).isEqualTo(4);
        }
    }

    @Test
    void aStreamIsNeitherCutNorKeptInMemory() {
        long bytes = 0;
        try (RunningCommand running = sandboxes.stream(sandbox.id(), Command.shell("head -c 50000000 /dev/zero"))) {
            for (var part = running.next(); part.isPresent(); part = running.next()) {
                bytes += part.get().bytes().length;
            }
        }
        assertThat(bytes).isEqualTo(50_000_000);
    }

    @Test
    void aTerminalHasASizeThatChanges() {
        try (RunningCommand running = sandboxes.streamOnTerminal(
                sandbox.id(),
                Command.shell("stty -echo; stty size; read go; stty size; exit 5"),
                new TerminalSize(30, 100))) {
            assertThat(new String(running.next().orElseThrow().bytes())).isEqualTo("30 100\r\n");
            running.resize(new TerminalSize(31, 101));
            running.write("go\n".getBytes());
            assertThat(new String(running.next().orElseThrow().bytes())).isEqualTo("31 101\r\n");
            assertThat(running.next()).isEmpty();
            assertThat(running.result().orElseThrow().exitCode()).isEqualTo(5);
        }
    }

    @Test
    void whoLeavesACommandEndsIt() {
        Sandbox made = sandboxes.create(SandboxRequest.STANDARD);
        RunningCommand running = sandboxes.stream(made.id(), Command.shell("echo up; sleep 600"));
        assertThat(running.next()).isPresent();
        assertThat(sandboxes.inspect(made.id()).running()).hasSize(1);
        running.close();
        await().until(() -> sandboxes.inspect(made.id()).running().isEmpty());
        sandboxes.destroy(made.id());
    }

    @Test
    void inputForACommandThatIsNotThereIsRefused() {
        try (RunningCommand running = sandboxes.stream(sandbox.id(), Command.shell("sleep 600"))) {
            ServerRefusedException closed =
                    catchThrowableOfType(ServerRefusedException.class, () -> running.write("x".getBytes()));
            assertThat(closed.status()).isEqualTo(422);
            assertThat(closed.text()).contains("stdin");
        }
        RunningCommand ended = sandboxes.streamWithInput(sandbox.id(), Command.shell("true"));
        assertThat(ended.next()).isEmpty();
        await().untilAsserted(() -> assertThat(
                        catchThrowableOfType(ServerRefusedException.class, () -> ended.write("x".getBytes()))
                                .status())
                .isEqualTo(404));
    }

    @Test
    void aCommandInTheBackgroundIsAskedForLater() {
        BackgroundExec started = sandboxes.execAsync(sandbox.id(), Command.shell("echo done; exit 3"));
        assertThat(started.running()).isTrue();
        BackgroundExec ended =
                await().until(() -> sandboxes.backgroundExec(sandbox.id(), started.execId()), one -> !one.running());
        assertThat(ended.exitCode()).hasValue(3);
        assertThat(sandboxes
                        .exec(sandbox.id(), Command.of("cat", ended.outputPath()))
                        .output())
                .isEqualTo("done\n");
    }

    @Test
    void filesGoInAndOutAsTheyAre(@TempDir Path here) throws Exception {
        SandboxFiles files = sandboxes.files(sandbox.id());
        byte[] bytes = new byte[3_000_000];
        new Random(5).nextBytes(bytes);
        Path file = Files.write(here.resolve("file"), bytes);
        FileStat stat = files.upload("in/a & b +ü.bin", file);
        assertThat(stat.size()).isEqualTo(bytes.length);
        assertThat(stat.path()).isEqualTo("/workspace/in/a & b +ü.bin");
        try (InputStream in = files.download(stat.path())) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
        files.upload("in/streamed", new ByteArrayInputStream(new byte[100_000]));
        assertThat(files.list("in", 1, 10).entries())
                .extracting(FileStat::path)
                .containsExactly("/workspace/in/a & b +ü.bin", "/workspace/in/streamed");
        files.makeDirectory("other");
        assertThat(files.move("in/streamed", "other/moved").size()).isEqualTo(100_000);
        try (InputStream archive = files.pack("in", ArchiveFormat.TAR_GZ)) {
            assertThat(files.unpack("copy", ArchiveFormat.TAR_GZ, archive).entries())
                    .isEqualTo(1);
        }
        assertThat(files.stat("copy/a & b +ü.bin").size()).isEqualTo(bytes.length);
        files.delete("copy");
        ServerRefusedException gone = catchThrowableOfType(ServerRefusedException.class, () -> files.stat("copy"));
        assertThat(gone.status()).isEqualTo(404);
        assertThat(gone.code()).isEqualTo("file_not_found");
    }

    @Test
    void whatWasDoneIsReadFromACursor() {
        Sandbox made = sandboxes.create(SandboxRequest.STANDARD);
        sandboxes.exec(made.id(), Command.shell("true"));
        List<SandboxEvent> all = read(made.id(), 0);
        assertThat(all).extracting(SandboxEvent::type).containsExactly("sandbox.created", "exec.started", "exec.ended");
        assertThat(all).extracting(SandboxEvent::seq).containsExactly(1L, 2L, 3L);
        assertThat(read(made.id(), 2)).containsExactly(all.getLast());
        try (SandboxEvents events = sandboxes.events(made.id(), 3, true)) {
            sandboxes.destroy(made.id());
            assertThat(events.next()).map(SandboxEvent::type).contains("sandbox.destroyed");
        }
    }

    private static List<SandboxEvent> read(String id, long after) {
        List<SandboxEvent> all = new ArrayList<>();
        try (SandboxEvents events = sandboxes.events(id, after, false)) {
            events.next().ifPresent(all::add);
            for (Optional<SandboxEvent> next = events.next(); next.isPresent(); next = events.next()) {
                all.add(next.get());
            }
        }
        return all;
    }

    @Test
    void anInspectionTellsTheWalls() {
        Inspection seen = sandboxes.inspect(sandbox.id());
        assertThat(seen.sandbox().id()).isEqualTo(sandbox.id());
        assertThat(seen.properties()).isNotEmpty().anyMatch(Inspection.Property::held);
        assertThat(seen.limits()).extracting(Inspection.Limit::name).contains("memory_bytes");
        assertThat(seen.usage()).containsKey("diskBytes");
    }

    @Test
    void errorsAreToldInTheServersWords() {
        ServerRefusedException unknown = catchThrowableOfType(
                ServerRefusedException.class, () -> sandboxes.get("0198c0de-0000-7000-8000-000000000000"));
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.code()).isEqualTo("not_found");
        ServerRefusedException outside = catchThrowableOfType(
                ServerRefusedException.class,
                () -> sandboxes.files(sandbox.id()).download("/etc/../proc/1/environ"));
        assertThat(outside.status()).isEqualTo(400);
        assertThat(outside.text()).isNotBlank();
        ServerRefusedException empty = catchThrowableOfType(
                ServerRefusedException.class, () -> sandboxes.exec(sandbox.id(), Command.shell(" ")));
        assertThat(empty.field()).contains("command");
        try (BelayClient stranger = BelayClient.connect(server.url(), "blk_wrong")) {
            assertThat(catchThrowableOfType(
                                    ServerRefusedException.class,
                                    () -> stranger.sandboxes().list())
                            .status())
                    .isEqualTo(401);
        }
    }

    @Test
    void theTokenOfTheDataDirectoryOpensTheDefaultWorkspace() {
        try (BelayClient local =
                BelayClient.connect(server.url(), DataDirectory.localToken(data).orElseThrow())) {
            assertThat(local.sandboxes().list()).extracting(Sandbox::id).contains(sandbox.id());
        }
    }

    @Test
    void aServerThatIsNotThereIsSaidToBeSo() {
        try (BelayClient nobody = BelayClient.connect("http://127.0.0.1:1")) {
            assertThat(catchThrowableOfType(
                                    ServerUnreachableException.class,
                                    () -> nobody.sandboxes().list())
                            .text())
                    .contains("http://127.0.0.1:1", "does not answer");
        }
    }
}
