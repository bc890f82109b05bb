package dev.belay.sandbox.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.belay.api.CapacityException;
import dev.belay.api.ConflictException;
import dev.belay.api.FileException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.event.Event;
import dev.belay.api.event.ExecEvent;
import dev.belay.api.event.SandboxEvent;
import dev.belay.api.event.StreamId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Isolation;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.live.Execution;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxLifecycleTest {
    @TempDir
    Path root;

    private final Scope scope = Registry.scope("w", "tester");

    private static void assertConflict(String code, ThrowableAssert.ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        ConflictException.class,
                        e -> assertThat(e.code()).as(e.text()).isEqualTo(code));
    }

    @Test
    void filesAndStateSurviveStopAndStartAndARestart() throws InterruptedException {
        SandboxId id;
        try (Registry registry = new Registry(root)) {
            KeptSandbox made = registry.lifecycle.create(scope, Registry.request());
            id = made.id();
            assertThat(made.state()).isEqualTo(SandboxState.RUNNING);
            registry.run(scope, id, "echo one > f; echo two > /tmp/g");
            assertThat(registry.lifecycle.stop(scope, id).state()).isEqualTo(SandboxState.STOPPED);
            assertConflict("sandbox_not_running", () -> registry.lifecycle.use(scope, id));
            assertThat(registry.lifecycle.start(scope, id).state()).isEqualTo(SandboxState.RUNNING);
            assertThat(registry.run(scope, id, "cat f /tmp/g").stdout().text()).isEqualTo("one\ntwo\n");
        }
        try (Registry registry = new Registry(root)) {
            assertThat(registry.lifecycle.list(scope))
                    .extracting(KeptSandbox::id, KeptSandbox::state)
                    .containsExactly(tuple(id, SandboxState.STOPPED));
            registry.lifecycle.start(scope, id);
            assertThat(registry.run(scope, id, "cat f /tmp/g").stdout().text()).isEqualTo("one\ntwo\n");
            registry.lifecycle.destroy(scope, id);
            assertThat(registry.lifecycle.list(scope)).isEmpty();
            assertThat(registry.lifecycle.get(scope, id).state()).isEqualTo(SandboxState.DESTROYED);
            assertThat(root.resolve("sandboxes")).isEmptyDirectory();
            assertConflict("sandbox_not_running", () -> registry.lifecycle.start(scope, id));
            assertConflict("sandbox_not_running", () -> registry.lifecycle.destroy(scope, id));
            assertThat(registry.events(scope, id))
                    .filteredOn(SandboxEvent.class::isInstance)
                    .extracting(body -> body.getClass().getSimpleName())
                    .containsExactly("Created", "Stopped", "Started", "Stopped", "Started", "Destroyed");
        }
    }

    @Test
    void ofFiftyThatAskAtOnceOneWinsAndTheOthersAreToldSo() throws InterruptedException {
        try (Registry registry = new Registry(root)) {
            SandboxId id = registry.lifecycle.create(scope, Registry.request()).id();
            assertThat(winners(() -> registry.lifecycle.stop(scope, id))).isEqualTo(1);
            assertThat(winners(() -> registry.lifecycle.start(scope, id))).isEqualTo(1);
            assertThat(registry.run(scope, id, "echo up").stdout().text()).isEqualTo("up\n");
            assertThat(winners(() -> registry.lifecycle.destroy(scope, id))).isEqualTo(1);
            assertThat(registry.sandboxes.running()).isZero();
        }
    }

    private static int winners(Runnable action) throws InterruptedException {
        AtomicInteger won = new AtomicInteger();
        AtomicInteger lost = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> callers = IntStream.range(0, 50)
                .mapToObj(i -> Thread.ofVirtual().start(() -> {
                    try {
                        go.await();
                        action.run();
                        won.incrementAndGet();
                    } catch (ConflictException e) {
                        lost.incrementAndGet();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }))
                .toList();
        go.countDown();
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(won.get() + lost.get()).isEqualTo(50);
        return won.get();
    }

    @Test
    void anotherWorkspaceSeesNothing() {
        Scope other = Registry.scope("other", "stranger");
        try (Registry registry = new Registry(root)) {
            SandboxId id = registry.lifecycle.create(scope, Registry.request()).id();
            assertThat(registry.lifecycle.list(other)).isEmpty();
            assertThatThrownBy(() -> registry.lifecycle.get(other, id)).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> registry.lifecycle.use(other, id)).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> registry.lifecycle.stop(other, id)).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> registry.lifecycle.destroy(other, id)).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> registry.lifecycle.inspect(other, id)).isInstanceOf(NotFoundException.class);
        }
    }

    @Test
    void whatIsNotUsedIsStoppedAndLaterDestroyedAlsoAfterARestart() throws InterruptedException {
        SandboxId id;
        try (Registry registry = new Registry(root)) {
            id = registry.lifecycle
                    .create(scope, Registry.idle(Duration.ofMinutes(30), Duration.ofHours(24)))
                    .id();
            registry.ahead.set(Duration.ofMinutes(29).toMillis());
            registry.lifecycle.enforceDeadlines();
            assertThat(registry.lifecycle.get(scope, id).state()).isEqualTo(SandboxState.RUNNING);
            registry.run(scope, id, "true");
            registry.ahead.set(Duration.ofMinutes(58).toMillis());
            registry.lifecycle.enforceDeadlines();
            assertThat(registry.lifecycle.get(scope, id).state())
                    .as("the use renewed it")
                    .isEqualTo(SandboxState.RUNNING);
            registry.ahead.set(Duration.ofMinutes(60).toMillis());
            registry.lifecycle.enforceDeadlines();
            assertThat(registry.lifecycle.get(scope, id).state()).isEqualTo(SandboxState.STOPPED);
        }
        try (Registry registry = new Registry(root)) {
            registry.ahead.set(Duration.ofHours(25).toMillis());
            registry.lifecycle.watchDeadlines();
            await().untilAsserted(() ->
                    assertThat(registry.lifecycle.get(scope, id).state()).isEqualTo(SandboxState.DESTROYED));
            assertThat(root.resolve("sandboxes")).isEmptyDirectory();
        }
    }

    @Test
    void whatRunsIsNotIdle() throws InterruptedException {
        try (Registry registry = new Registry(root)) {
            SandboxId id = registry.lifecycle
                    .create(scope, Registry.idle(Duration.ofMinutes(1), Duration.ofMinutes(2)))
                    .id();
            try (Sandbox sandbox = registry.lifecycle.use(scope, id)) {
                Exec exec = sandbox.start(ExecSpec.of("sleep", "1000"), ExecOutput.NONE);
                registry.ahead.set(Duration.ofMinutes(10).toMillis());
                registry.lifecycle.enforceDeadlines();
                assertThat(registry.lifecycle.get(scope, id).state()).isEqualTo(SandboxState.RUNNING);
                exec.cancel();
                exec.await();
            }
        }
    }

    @Test
    void aClockThatJumpsAheadEndsNoExec() throws Exception {
        try (Registry registry = new Registry(root)) {
            SandboxId id = registry.lifecycle.create(scope, Registry.request()).id();
            try (Sandbox sandbox = registry.lifecycle.use(scope, id)) {
                Exec exec = sandbox.start(
                        ExecSpec.shell("until [ -e jumped ]; do sleep 0.01; done; echo done")
                                .withTimeout(Duration.ofMinutes(5)),
                        ExecOutput.NONE);
                registry.ahead.set(Duration.ofDays(1).toMillis());
                sandbox.files().write("jumped", new byte[0]);
                assertThat(exec.await().stdout().text()).isEqualTo("done\n");
            }
        }
    }

    @Test
    void aSandboxWhoseProcessesDieIsStoppedAndCanBeStartedAgain() throws InterruptedException {
        try (Registry registry = new Registry(root)) {
            SandboxId id = registry.lifecycle.create(scope, Registry.request()).id();
            registry.run(scope, id, "echo kept > f");
            ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().command().orElse("").endsWith("belay-sandbox"))
                    .forEach(ProcessHandle::destroyForcibly);
            await().until(() -> !registry.sandboxes
                    .live(id)
                    .map(live -> live.sandbox().isAlive())
                    .orElse(false));
            assertConflict("sandbox_not_running", () -> registry.lifecycle.use(scope, id));
            assertThat(registry.lifecycle.get(scope, id).state()).isEqualTo(SandboxState.STOPPED);
            registry.lifecycle.start(scope, id);
            assertThat(registry.run(scope, id, "cat f").stdout().text()).isEqualTo("kept\n");
        }
    }

    @Test
    void whatAnOwnerMadeCannotBeTakenOver() {
        try (Registry registry = new Registry(root);
                Sandbox ofASession = registry.sandboxes.create(scope, List.of(), SandboxLimits.DEFAULT)) {
            registry.database.write(_ -> true); // its record is on its way
            assertThat(registry.lifecycle.list(scope)).isEmpty();
            assertThat(registry.lifecycle.get(scope, ofASession.id()).kept()).isFalse();
            assertConflict("sandbox_not_running", () -> registry.lifecycle.use(scope, ofASession.id()));
            assertConflict("sandbox_not_running", () -> registry.lifecycle.stop(scope, ofASession.id()));
            assertConflict("sandbox_not_running", () -> registry.lifecycle.destroy(scope, ofASession.id()));
        }
    }

    @Test
    void moreThanTheServerGivesIsRefusedByName() {
        SandboxPolicy two = new SandboxPolicy(SandboxLimits.DEFAULT, SandboxLimits.DEFAULT, Duration.ofMinutes(1), 2);
        try (Registry registry = new Registry(root, two)) {
            assertThatThrownBy(() -> registry.lifecycle.create(
                            scope, Registry.request(new SandboxLimits(2L << 30, 256, 2, 4096, 1L << 30))))
                    .isInstanceOfSatisfying(
                            InvalidRequestException.class,
                            e -> assertThat(e.field()).isEqualTo("memory"));
            SandboxId id = registry.lifecycle.create(scope, Registry.request()).id();
            registry.lifecycle.create(scope, Registry.request());
            assertThatThrownBy(() -> registry.lifecycle.create(scope, Registry.request()))
                    .isInstanceOf(CapacityException.class);
            assertThat(registry.sandboxes.running()).isEqualTo(2);
            try (Sandbox sandbox = registry.lifecycle.use(scope, id)) {
                assertThatThrownBy(() -> sandbox.run(ExecSpec.of("true").withTimeout(Duration.ofMinutes(2))))
                        .isInstanceOf(InvalidRequestException.class);
            }
        }
    }

    @Test
    void theStreamTellsWhatWasDoneAndWhoAsked() throws Exception {
        Scope second = Registry.scope("w", "second");
        try (Registry registry = new Registry(root)) {
            SandboxId id = registry.lifecycle.create(scope, Registry.request()).id();
            registry.run(scope, id, "echo hi; exit 3");
            try (Sandbox sandbox = registry.lifecycle.use(second, id)) {
                sandbox.files().write("a", new byte[3]);
                sandbox.files().makeDirectory("d");
                sandbox.files().move("a", "d/b");
                sandbox.files().remove("d");
            }
            List<Event> events = registry.log.read(scope, StreamId.of(id), 0, 100);
            assertThat(events)
                    .extracting(event ->
                            event.principal() + " " + event.body().getClass().getSimpleName())
                    .containsExactly(
                            "tester Created",
                            "tester Started",
                            "tester Ended",
                            "second Written",
                            "second DirectoryMade",
                            "second Moved",
                            "second Removed");
            assertThat(events.get(2).body()).isInstanceOfSatisfying(ExecEvent.Ended.class, ended -> {
                assertThat(ended.exitCode()).hasValue(3);
                assertThat(ended.stdoutBytes()).isEqualTo(3);
            });
            assertThat(events).extracting(Event::seq).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        }
    }

    @Test
    void inspectTellsWallsLimitsUsageAndWhatRuns() throws Exception {
        try (Registry registry = new Registry(root)) {
            SandboxId id = registry.lifecycle.create(scope, Registry.request()).id();
            registry.run(scope, id, "head -c 5000000 /dev/zero > f");
            try (Sandbox sandbox = registry.lifecycle.use(scope, id)) {
                Exec exec = sandbox.start(ExecSpec.of("sleep", "1000").in("/tmp"), ExecOutput.NONE);
                await().until(() -> sandbox.usage().processes().orElse(0) > 0);
                Inspection seen = registry.lifecycle.inspect(scope, id);
                assertThat(seen.isolation().orElseThrow().level()).isEqualTo(IsolationLevel.FULL);
                assertThat(seen.isolation().orElseThrow().properties()).allMatch(Isolation.Property::held);
                assertThat(seen.limits())
                        .extracting(Inspection.Limit::name)
                        .contains("memory_bytes", "processes", "cpus", "disk_bytes", "exec_seconds");
                assertThat(seen.limits().getFirst().means()).startsWith("cgroup v");
                assertThat(seen.usage().orElseThrow().memoryBytes().orElse(0)).isPositive();
                assertThat(seen.usage().orElseThrow().processes().orElse(0)).isPositive();
                assertThat(seen.disk().bytes()).isBetween(5_000_000L, 6_000_000L);
                assertThat(seen.running())
                        .extracting(Execution::command, Execution::directory)
                        .containsExactly(tuple("sleep 1000", "/tmp"));
                assertThat(seen.startedExecs()).isEqualTo(2);
                exec.cancel();
                exec.await();
            }
            registry.lifecycle.stop(scope, id);
            Inspection stopped = registry.lifecycle.inspect(scope, id);
            assertThat(stopped.usage()).isEmpty();
            assertThat(stopped.disk().bytes()).isGreaterThan(5_000_000L);
        }
    }

    @Test
    void whoFillsTheDiskIsEndedAndMayClearUp() throws Exception {
        SandboxLimits small = new SandboxLimits(256L << 20, 64, 2, 256, 4 << 20, 8 << 20);
        try (Registry registry = new Registry(root)) {
            SandboxId id =
                    registry.lifecycle.create(scope, Registry.request(small)).id();
            ExecResult result = registry.run(
                    scope,
                    id,
                    "mkdir d; chmod 700 d; cd d; for i in 1 2 3 4; do head -c 3000000 /dev/zero > $i; done;"
                            + " chmod 000 .; sleep 60");
            assertThat(result.status()).isEqualTo(ExecResult.Status.DISK_FULL);
            assertThat(result.detail()).contains("limit is 8388608");
            try (Sandbox sandbox = registry.lifecycle.use(scope, id)) {
                assertThatThrownBy(() -> sandbox.files().write("more", new byte[10]))
                        .isInstanceOfSatisfying(
                                FileException.class, e -> assertThat(e.code()).isEqualTo("disk_full"));
            }
            assertThat(registry.run(scope, id, "chmod 700 d && rm -r d && echo done")
                            .stdout()
                            .text())
                    .isEqualTo("done\n");
            try (Sandbox sandbox = registry.lifecycle.use(scope, id)) {
                sandbox.files().write("more", new byte[10]);
                assertThatThrownBy(() -> sandbox.files().upload("large", zeros(), 1L << 40))
                        .isInstanceOf(FileException.class);
            }
        }
    }

    @Test
    void anExactLimitForTheDiskCannotBeExceeded() throws Exception {
        SandboxLimits exact = new SandboxLimits(256L << 20, 64, 2, 256, 1L << 30, 32 << 20, true);
        try (Registry registry = new Registry(root)) {
            SandboxId id =
                    registry.lifecycle.create(scope, Registry.request(exact)).id();
            assertThat(registry.run(scope, id, "echo kept > f; head -c 100000000 /dev/zero > big; wc -c < big")
                            .stderr()
                            .text())
                    .contains("No space left on device");
            try (Sandbox sandbox = registry.lifecycle.use(scope, id)) {
                assertThat(sandbox.files().stat("big").size()).isBetween(20L << 20, 32L << 20);
                assertThatThrownBy(() -> sandbox.files().write("more", new byte[1 << 20]))
                        .isInstanceOfSatisfying(
                                FileException.class, e -> assertThat(e.code()).isEqualTo("disk_full"));
            }
            registry.run(scope, id, "rm big");
            registry.lifecycle.stop(scope, id);
            registry.lifecycle.start(scope, id);
            assertThat(registry.run(scope, id, "ls; cat f; id -u; stat -c %u f")
                            .stdout()
                            .text())
                    .isEqualTo("f\nkept\n1000\n1000\n");
            assertThat(registry.lifecycle.inspect(scope, id).limits())
                    .filteredOn(limit -> limit.name().equals("disk_bytes"))
                    .extracting(Inspection.Limit::means)
                    .containsExactly("exact: a file system of that size");
            registry.lifecycle.destroy(scope, id);
            assertThat(root.resolve("sandboxes")).isEmptyDirectory();
        }
    }

    @Test
    @Tag("sandbox-faults")
    void manyStopsAndStartsKeepTheFilesAsTheyAre() throws Exception {
        int cycles = "full".equals(System.getProperty("belay.suite")) ? 1000 : 20;
        try (Registry registry = new Registry(root)) {
            SandboxId id = registry.lifecycle.create(scope, Registry.request()).id();
            registry.run(
                    scope,
                    id,
                    "mkdir -p a/b /tmp/c; for i in $(seq 50); do head -c $((i * 37)) /dev/urandom > a/b/$i;"
                            + " ln -s b/$i a/l$i; done; chmod 750 a; cp a/b/7 /tmp/c");
            String before = tree(root.resolve("sandboxes"));
            for (int i = 0; i < cycles; i++) {
                registry.lifecycle.stop(scope, id);
                registry.lifecycle.start(scope, id);
            }
            assertThat(tree(root.resolve("sandboxes"))).isEqualTo(before);
            assertThat(registry.run(scope, id, "cat a/l7 | cmp - /tmp/c/7 && echo same")
                            .stdout()
                            .text())
                    .isEqualTo("same\n");
        }
    }

    /** Names, rights, times and contents of a tree. */
    static String tree(Path directory) throws IOException, InterruptedException {
        Process tar = new ProcessBuilder(
                        "sh",
                        "-c",
                        "tar --sort=name --format=posix --pax-option=delete=atime,delete=ctime -cf - -C \"$0\" . |"
                                + " sha256sum",
                        directory.toString())
                .start();
        String hash = tar.inputReader().readLine();
        assertThat(tar.waitFor()).isZero();
        return hash;
    }

    private static InputStream zeros() {
        return new InputStream() {
            @Override
            public int read() {
                return 0;
            }
        };
    }
}
