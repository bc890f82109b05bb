package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.IdSource;
import dev.belay.api.SandboxException;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.local.wire.Watchdog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nobody waits for ever for a process 1 that hangs. */
class WatchdogTest {
    @TempDir
    Path directory;

    private final IdSource ids = new IdSource(InstantSource.system(), new Random(11));

    private static void signal(String name, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void aHungSandboxIsKilledAndWhoWaitsIsTold() throws Exception {
        Watchdog quick = new Watchdog(Duration.ofMillis(100), Duration.ofMillis(500));
        try (LocalProvider provider = new LocalProvider(directory.resolve("run"), List.of(), quick)) {
            LocalSandbox sandbox = provider.createLocal(
                    new SandboxId(ids.next()),
                    new SandboxSpec(Files.createDirectory(directory.resolve("s")), List.of(), SandboxLimits.DEFAULT));
            assertThat(sandbox.isAlive()).isTrue();
            Exec before = sandbox.start(ExecSpec.of("sleep", "1000"), ExecOutput.NONE);
            await().until(() -> Lab.processesOf(sandbox.kernelUser()).size() >= 4);
            for (long pid : Lab.processesOf(sandbox.kernelUser())) {
                signal("STOP", pid);
            }

            ExecResult ended = before.await();

            assertThat(ended.status()).isEqualTo(ExecResult.Status.SANDBOX_DIED);
            assertThat(ended.detail()).contains("did not answer").contains("killed");
            assertThat(sandbox.isAlive()).isFalse();
            assertThatThrownBy(() -> sandbox.files().stat("/workspace")).isInstanceOf(SandboxException.class);
            await().untilAsserted(() ->
                    assertThat(Lab.processesOf(sandbox.kernelUser())).isEmpty());
        }
    }

    @Test
    void aLongSilentExecIsLeftAlone() throws Exception {
        Watchdog quick = new Watchdog(Duration.ofMillis(50), Duration.ofMillis(200));
        try (LocalProvider provider = new LocalProvider(directory.resolve("run"), List.of(), quick)) {
            LocalSandbox sandbox = provider.createLocal(
                    new SandboxId(ids.next()),
                    new SandboxSpec(Files.createDirectory(directory.resolve("s")), List.of(), SandboxLimits.DEFAULT));
            assertThat(sandbox.run(ExecSpec.of("sleep", "1.5")).succeeded()).isTrue();
        }
    }
}
