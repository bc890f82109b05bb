package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.FileException;
import dev.belay.api.SandboxException;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Isolation;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.local.wire.FrameChannel;
import dev.belay.sandbox.local.wire.Watchdog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalProviderTest {
    private final Lab lab = new Lab();

    @AfterEach
    void close() {
        lab.close();
    }

    private static String shell(LocalSandbox sandbox, String line) throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.shell(line));
        assertThat(result.stderr().text()).isEmpty();
        return result.stdout().text();
    }

    @Test
    void theReportSaysWhatWasTried() {
        ProviderReport report = lab.provider.report();
        assertThat(report.provider()).isEqualTo("local");
        assertThat(report.missing()).isEmpty();
        assertThat(report.isolation().level()).isEqualTo(IsolationLevel.FULL);
        assertThat(report.isolation().properties())
                .allMatch(Isolation.Property::held)
                .extracting(Isolation.Property::name)
                .contains(
                        "namespaces",
                        "kernel_user",
                        "seccomp",
                        "no_new_privileges",
                        "capabilities",
                        "vsock",
                        "root_read_only",
                        "network",
                        "environment",
                        "memory_limit",
                        "process_limit",
                        "cpu_limit");
        assertThat(lab.provider.report()).isSameAs(report);
    }

    @Test
    void twoSandboxesHaveDifferentKernelUsersAndNeitherIsRoot() {
        LocalSandbox one = lab.create();
        LocalSandbox two = lab.create();
        assertThat(one.kernelUser()).isBetween(200000, 265535).isNotEqualTo(two.kernelUser());
        assertThat(Lab.processesOf(one.kernelUser())).isNotEmpty();
        assertThat(one.isolation().level()).isEqualTo(IsolationLevel.FULL);
    }

    @Test
    void closingLeavesNoProcess() {
        LocalSandbox sandbox = lab.create();
        Exec exec = sandbox.start(ExecSpec.shell("(setsid sleep 1000 &); sleep 1000"), ExecOutput.NONE);
        await().until(() -> Lab.processesOf(sandbox.kernelUser()).size() >= 5);
        sandbox.close();
        sandbox.close();
        assertThat(Lab.processesOf(sandbox.kernelUser())).isEmpty();
        assertThat(resultOf(exec).status()).isEqualTo(Status.SANDBOX_DIED);
        assertThat(resultOf(sandbox.start(ExecSpec.of("true"), ExecOutput.NONE)).status())
                .isEqualTo(Status.SANDBOX_DIED);
        assertThatThrownBy(() -> sandbox.files().stat("/workspace")).isInstanceOf(SandboxException.class);
    }

    @Test
    void closingInAnInterruptedThreadLeavesNoProcessEither() {
        LocalSandbox sandbox = lab.create();
        Thread.currentThread().interrupt();
        Exec exec = sandbox.start(ExecSpec.of("sleep", "1000"), ExecOutput.NONE);
        sandbox.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(Lab.processesOf(sandbox.kernelUser())).isEmpty();
        assertThat(resultOf(exec).status()).isEqualTo(Status.SANDBOX_DIED);
    }

    @Test
    void whatAKilledServerLeftInTheRuntimeDirectoryIsRemoved() throws IOException {
        Path left = Files.createDirectories(lab.directory().resolve("run/belay-4194305-1-x"));
        Files.createFile(left.resolve("spawner"));
        Path other = Files.createDirectory(lab.directory().resolve("run/something-else"));
        lab.create();
        assertThat(left).doesNotExist();
        assertThat(other).exists();
    }

    private static ExecResult resultOf(Exec exec) {
        try {
            return exec.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void filesStayOverAnotherStart() throws InterruptedException {
        Path state = lab.newDirectory();
        try (LocalSandbox first = lab.create(state, SandboxLimits.DEFAULT)) {
            shell(first, "echo kept > f; echo too > /tmp/g");
        }
        try (LocalSandbox second = lab.create(state, SandboxLimits.DEFAULT)) {
            assertThat(shell(second, "cat f /tmp/g; echo more >> f")).isEqualTo("kept\ntoo\n");
        }
    }

    @Test
    void fiftySandboxesComeAndGoAndLeaveNothing() throws Exception {
        List<Integer> users = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            List<LocalSandbox> sandboxes = IntStream.range(0, 10)
                    .parallel()
                    .mapToObj(i -> lab.create())
                    .toList();
            sandboxes.forEach(sandbox -> users.add(sandbox.kernelUser()));
            for (LocalSandbox sandbox : sandboxes) {
                assertThat(shell(sandbox, "echo $((6 * 7))")).isEqualTo("42\n");
            }
            sandboxes.parallelStream().forEach(LocalSandbox::close);
        }
        assertThat(users).hasSize(50);
        assertThat(users).allSatisfy(user -> assertThat(Lab.processesOf(user)).isEmpty());
        long helper = lab.provider.helperPid().orElseThrow();
        assertThat(Lab.cgroupsOf(helper)).isEmpty();
        try (Stream<Path> children = Files.list(Path.of("/proc", Long.toString(helper), "fd"))) {
            assertThat(children.count()).as("descriptors of the helper").isLessThan(15);
        }
        try (Stream<Path> left = Files.walk(lab.directory().resolve("run"))) {
            assertThat(left.map(path -> path.getFileName().toString()).filter(name -> name.matches("[0-9a-f]{16}")))
                    .as("sockets")
                    .isEmpty();
        }
        lab.provider.close();
        assertThat(ProcessHandle.of(helper)).isEmpty();
        assertThat(lab.directory().resolve("run")).isEmptyDirectory();
    }

    @Test
    void aHelperThatIsKilledTakesItsSandboxesAlongAndIsReplaced() throws Exception {
        LocalSandbox sandbox = lab.create();
        Exec exec = sandbox.start(ExecSpec.shell("(setsid sleep 1000 &); sleep 1000"), ExecOutput.NONE);
        await().until(() -> Lab.processesOf(sandbox.kernelUser()).size() >= 5);
        long helper = lab.provider.helperPid().orElseThrow();
        assertThat(Lab.cgroupsOf(helper)).isNotEmpty();
        ProcessHandle.of(helper).orElseThrow().destroyForcibly();
        assertThat(exec.await().status()).isEqualTo(Status.SANDBOX_DIED);
        await().untilAsserted(
                        () -> assertThat(Lab.processesOf(sandbox.kernelUser())).isEmpty());
        await().untilAsserted(() -> assertThat(Lab.cgroupsOf(helper)).isEmpty());
        sandbox.close();
        assertThat(shell(lab.create(), "echo again")).isEqualTo("again\n");
    }

    @Test
    void aHelperWhoseLifeLineIsCutLeavesNothing() throws Exception {
        Path helper = HelperBinary.extractTo(lab.newDirectory());
        Path directory = lab.newDirectory();
        Spawner spawner = Spawner.start(helper, directory, Path.of("/usr/bin/bwrap"), ended -> {});
        List<FrameChannel> connections = new ArrayList<>();
        List<ControlConnection.Created> created = new ArrayList<>();
        Watchdog watchdog = Watchdog.standard();
        for (int i = 0; i < 3; i++) {
            FrameChannel channel = spawner.connect();
            connections.add(channel);
            Path state = lab.newDirectory();
            Files.createDirectory(state.resolve("workspace"));
            Files.createDirectory(state.resolve("tmp"));
            created.add(new ControlConnection(channel, watchdog, spawner::kill)
                    .create(new SandboxSpec(state, List.of(), SandboxLimits.DEFAULT), List.of(), new byte[16]));
        }
        assertThat(Lab.cgroupsOf(spawner.pid())).isNotEmpty();
        spawner.close();
        for (ControlConnection.Created each : created) {
            assertThat(Lab.processesOf(each.kernelUser())).isEmpty();
            assertThat(each.socket()).doesNotExist();
        }
        assertThat(Lab.cgroupsOf(spawner.pid())).isEmpty();
        assertThat(directory).isEmptyDirectory();
        for (FrameChannel connection : connections) {
            connection.close();
        }
        watchdog.close();
    }

    @Test
    void aMountedDirectoryIsTheUsersOwnInsideAndItsOwnersOutside() throws Exception {
        Path project = lab.newDirectory();
        Files.writeString(project.resolve("secret"), "of its owner\n");
        for (Path path : List.of(project, project.resolve("secret"))) {
            Files.setAttribute(path, "unix:uid", 4711);
            Files.setAttribute(path, "unix:gid", 4712);
        }
        Files.setAttribute(project.resolve("secret"), "unix:mode", 0600);
        Path state = lab.newDirectory();
        try (LocalSandbox sandbox =
                lab.create(state, SandboxLimits.DEFAULT, new MountedDirectory(project, "project"))) {
            assertThat(shell(sandbox, "cat project/secret; stat -c '%u %g' project/secret; echo new > project/made"))
                    .isEqualTo("of its owner\n1000 1000\n");
            sandbox.files().write("project/deep/file", "x".getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> sandbox.files().remove("project")).hasMessageContaining("mounted");
        }
        assertThat(project.resolve("made")).hasContent("new\n");
        for (String name : List.of("made", "deep", "deep/file")) {
            assertThat(Files.getAttribute(project.resolve(name), "unix:uid")).isEqualTo(4711);
            assertThat(Files.getAttribute(project.resolve(name), "unix:gid")).isEqualTo(4712);
        }
        assertThat(state.resolve("workspace/project")).isEmptyDirectory();
    }

    @Test
    void aSharedDirectoryIsReadAsAnyoneMayAndNotWritten() throws Exception {
        Path shared = lab.newDirectory();
        Files.writeString(shared.resolve("open"), "for all\n");
        Files.writeString(shared.resolve("closed"), "for its owner\n");
        Files.setAttribute(shared, "unix:mode", 0755);
        Files.setAttribute(shared.resolve("closed"), "unix:mode", 0600);
        try (LocalProvider provider =
                new LocalProvider(lab.newDirectory(), List.of(new MountedDirectory(shared, "maven")))) {
            Sandbox sandbox = provider.create(
                    new SandboxId("01900000-0000-7000-8000-000000000001"),
                    new SandboxSpec(lab.newDirectory(), List.of(), SandboxLimits.DEFAULT));
            ExecResult result = sandbox.run(ExecSpec.shell(
                    "cat /mnt/maven/open; cat /mnt/maven/closed; echo x > /mnt/maven/new; rm /mnt/maven/open"));
            assertThat(result.stdout().text()).isEqualTo("for all\n");
            assertThat(result.stderr().text()).contains("Permission denied").contains("Read-only file system");
            assertThatThrownBy(() -> sandbox.files().write("/mnt/maven/new", new byte[1]))
                    .isInstanceOf(FileException.class);
        }
        assertThat(shared).isDirectoryNotContaining("glob:**new");
    }

    @Test
    void aLinkWhereADirectoryIsToBeMountedIsNotFollowed() throws Exception {
        Path state = lab.newDirectory();
        try (LocalSandbox sandbox = lab.create(state, SandboxLimits.DEFAULT)) {
            shell(sandbox, "ln -s /usr project");
        }
        Path project = lab.newDirectory();
        assertThatThrownBy(() -> lab.create(state, SandboxLimits.DEFAULT, new MountedDirectory(project, "project")))
                .isInstanceOf(SandboxException.class)
                .hasMessageContaining("not a directory where project is to be mounted");
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() {
        MountedDirectory missing = new MountedDirectory(lab.directory().resolve("missing"), "m");
        assertThatThrownBy(() -> lab.create(SandboxLimits.DEFAULT, missing))
                .isInstanceOf(SandboxException.class)
                .hasMessageContaining("missing");
        assertThatThrownBy(() -> lab.create(lab.directory().resolve("nowhere"), SandboxLimits.DEFAULT))
                .isInstanceOf(SandboxException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void sandboxesDoNotSeeEachOther() throws InterruptedException {
        LocalSandbox one = lab.create();
        LocalSandbox two = lab.create();
        shell(one, "echo mine > /tmp/x; echo mine > /dev/shm/x; echo mine > x");
        assertThat(shell(two, "ls -A /tmp /dev/shm /workspace | grep x || echo none"))
                .isEqualTo("none\n");
    }

    @Test
    void theCpuLimitHoldsForAllProcessesTogether() throws IOException, InterruptedException {
        LocalSandbox sandbox = lab.create(new SandboxLimits(256L << 20, 64, 0.2, 256, 1 << 20));
        sandbox.run(ExecSpec.shell("for i in 1 2 3 4; do (while :; do :; done) & done; sleep 0.5")
                .withTimeout(Duration.ofSeconds(20)));
        assertThat(sandbox.usage().throttled().orElse(0)).isPositive();
    }

    @Test
    void theSandboxAnswersWhileItsMemoryIsFull() throws InterruptedException {
        LocalSandbox sandbox = lab.create(new SandboxLimits(64L << 20, 64, 2, 256, 1 << 20));
        Exec exec = sandbox.start(ExecSpec.of("/usr/bin/python3", "-c", """
            import os, time
            while True:
                if os.fork() == 0:
                    a = bytearray(100 << 20)
                os.wait()
            """), ExecOutput.NONE);
        for (int i = 0; i < 20; i++) {
            sandbox.run(ExecSpec.of("true"));
        }
        exec.cancel();
        assertThat(exec.await().status()).isIn(Status.CANCELLED, Status.OUT_OF_MEMORY);
        assertThat(shell(sandbox, "echo alive")).isEqualTo("alive\n");
    }
}
