package dev.belay.sandbox.background;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.CapacityException;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.local.LocalProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackgroundExecsTest {
    @TempDir
    private Path directory;

    private LocalProvider provider;
    private Sandbox sandbox;
    private BackgroundExecs execs;

    @BeforeEach
    void build() {
        provider = LocalProvider.open();
        SandboxId id = new SandboxId(new IdSource(InstantSource.system(), new Random(1)).next());
        sandbox = provider.create(id, new SandboxSpec(directory, List.of(), SandboxLimits.DEFAULT));
        execs = new BackgroundExecs(sandbox, InstantSource.system(), new BackgroundExecs.Limits(3, 2, 1000));
    }

    @AfterEach
    void takeDown() {
        sandbox.close();
        provider.close();
    }

    private static String text(OutputPart part) {
        return new String(part.bytes(), StandardCharsets.UTF_8);
    }

    @Test
    void itsOutputIsReadWhileItRunsAndAfterItsEnd() throws InterruptedException {
        BackgroundExec exec = execs.start(
                ExecSpec.shell("echo one; echo bad >&2; read line; echo $line").withOpenStdin());
        await().until(() -> exec.stdout(0, 100).total() == 4);
        assertThat(exec.isRunning()).isTrue();
        assertThat(exec.await(Duration.ofMillis(50))).isEmpty();
        OutputPart first = exec.stdout(0, 100);
        assertThat(text(first)).isEqualTo("one\n");
        BackgroundExec found = execs.find(exec.id()).orElseThrow();
        found.exec().write("two\n".getBytes(StandardCharsets.UTF_8));
        assertThat(found.await(Duration.ofSeconds(20)).orElseThrow().exitCode()).hasValue(0);
        assertThat(text(found.stdout(first.next(), 100))).isEqualTo("two\n");
        assertThat(text(found.stderr(0, 100))).isEqualTo("bad\n");
        assertThat(found.command()).contains("echo one");
    }

    @Test
    void ofMuchOutputTheLastBytesAreKeptAtTheirOffsets() throws InterruptedException {
        BackgroundExec exec = execs.start(ExecSpec.shell("seq 1 10000"));
        assertThat(exec.await(Duration.ofSeconds(20))).isPresent();
        OutputPart rest = exec.stdout(0, 100_000);
        assertThat(rest.total()).isEqualTo(48_894);
        assertThat(rest.from()).isEqualTo(48_894 - 1000);
        assertThat(text(rest)).hasSize(1000).endsWith("\n9999\n10000\n");
        assertThat(text(exec.stdout(rest.next() - 6, 3))).isEqualTo("100");
        assertThat(exec.stdout(1_000_000, 10).bytes()).isEmpty();
    }

    @Test
    void killingItKillsAllThatItStarted() throws InterruptedException {
        BackgroundExec exec = execs.start(
                ExecSpec.shell("(setsid sh -c 'trap \"\" TERM; sleep 98765; sleep 98765' &); echo begun; sleep 98765"));
        await().until(() -> exec.stdout(0, 10).total() > 0);
        exec.kill();
        assertThat(exec.await(Duration.ofSeconds(20)).orElseThrow().status()).isEqualTo(Status.CANCELLED);
        assertThat(sandbox.run(ExecSpec.shell("cat /proc/[0-9]*/comm")).stdout().text())
                .doesNotContain("sleep");
    }

    @Test
    void theirNumberIsBoundedAndTheOldestThatEndedAreForgotten() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            assertThat(execs.start(ExecSpec.of("true")).await(Duration.ofSeconds(20)))
                    .isPresent();
        }
        List<BackgroundExec> running = List.of(
                execs.start(ExecSpec.of("sleep", "1000")),
                execs.start(ExecSpec.of("sleep", "1000")),
                execs.start(ExecSpec.of("sleep", "1000")));
        assertThat(execs.list()).hasSize(5).endsWith(running.toArray(BackgroundExec[]::new));
        assertThatThrownBy(() -> execs.start(ExecSpec.of("true")))
                .isInstanceOf(CapacityException.class)
                .hasMessageContaining("3 commands already run");
        running.getFirst().kill();
        assertThat(running.getFirst().await(Duration.ofSeconds(20))).isPresent();
        assertThat(execs.start(ExecSpec.of("true")).await(Duration.ofSeconds(20)))
                .isPresent();
    }
}
