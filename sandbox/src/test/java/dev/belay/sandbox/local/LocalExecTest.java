package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.local.wire.FrameBuilder;
import dev.belay.sandbox.local.wire.FrameChannel;
import dev.belay.sandbox.local.wire.FrameType;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LocalExecTest {
    private static final SandboxLimits LIMITS = new SandboxLimits(256L << 20, 64, 2, 256, 8 << 20);

    private static Lab lab;
    private static LocalSandbox sandbox;

    @BeforeAll
    static void build() {
        lab = new Lab();
        sandbox = lab.create(LIMITS);
    }

    @AfterAll
    static void takeDown() {
        lab.close();
    }

    private static ExecResult shell(String line) throws InterruptedException {
        return sandbox.run(ExecSpec.shell(line));
    }

    private static ExecResult python(String code) throws InterruptedException {
        return sandbox.run(ExecSpec.of("/usr/bin/python3", "-c", code));
    }

    /** Init, and what the probing exec itself consists of: a supervisor, a shell and find. */
    private static void assertNothingIsLeft() throws InterruptedException {
        assertThat(shell("ls /proc | grep -cE '^[0-9]+$'").stdout().text().strip())
                .as("processes inside: init, supervisor, shell, ls, grep")
                .isIn("4", "5");
    }

    @Test
    void standardOutputAndErrorStayApart() throws InterruptedException {
        ExecResult result = shell("echo out; echo err >&2; echo more");
        assertThat(result.stdout().text()).isEqualTo("out\nmore\n");
        assertThat(result.stderr().text()).isEqualTo("err\n");
        assertThat(result.succeeded()).isTrue();
    }

    @Test
    void theExitCodeIsTheProgramsOwn() throws InterruptedException {
        ExecResult result = shell("exit 42");
        assertThat(result.status()).isEqualTo(Status.EXITED);
        assertThat(result.exitCode()).hasValue(42);
    }

    @Test
    void aSignalThatEndsTheProgramIsNamed() throws InterruptedException {
        ExecResult result = shell("kill -SEGV $$");
        assertThat(result.status()).isEqualTo(Status.SIGNALED);
        assertThat(result.signal()).hasValue(11);
    }

    @Test
    void aProgramThatIsNotThereIsNotStarted() throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.of("no-such-program"));
        assertThat(result.status()).isEqualTo(Status.NOT_STARTED);
        assertThat(result.detail()).isEqualTo("no-such-program cannot be run: No such file or directory.");
        assertThat(sandbox.run(ExecSpec.of("/workspace")).detail()).contains("Permission denied");
    }

    @Test
    void aWorkingDirectoryThatIsNotThereIsNamed() throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.of("true").in("nowhere"));
        assertThat(result.status()).isEqualTo(Status.NOT_STARTED);
        assertThat(result.detail()).contains("The working directory nowhere cannot be entered");
    }

    @Test
    void anArgumentWithNulIsNotStarted() throws InterruptedException {
        assertThat(sandbox.run(ExecSpec.of("echo", "a\0b")).status()).isEqualTo(Status.NOT_STARTED);
    }

    @Test
    void argumentsThatAreTooLongAreNotStarted() throws InterruptedException {
        assertThat(sandbox.run(ExecSpec.of("echo", "x".repeat(3 << 20))).status())
                .isEqualTo(Status.NOT_STARTED);
        ExecResult one = sandbox.run(ExecSpec.of("echo", "x".repeat(1 << 20)));
        assertThat(one.status()).isEqualTo(Status.NOT_STARTED);
        assertThat(one.detail()).contains("Argument list too long");
    }

    @Test
    void theEnvironmentIsWhatTheRequestAdds() throws InterruptedException {
        ExecSpec spec = new ExecSpec(
                List.of("env"), Map.of("GREETING", "hello"), "/", new byte[0], Duration.ofSeconds(10), 4096);
        assertThat(sandbox.run(spec).stdout().text().lines())
                .containsExactlyInAnyOrder(
                        "GREETING=hello", "HOME=/workspace", "LANG=C.UTF-8", "PATH=/usr/bin:/bin:/usr/local/bin");
        assertThat(System.getenv("BELAY_TEST_SECRET")).isEqualTo("hunter2");
    }

    @Test
    void theProgramReadsWhatItIsGiven() throws InterruptedException {
        byte[] input = new byte[5 << 20];
        new Random(3).nextBytes(input);
        ExecResult result = sandbox.run(ExecSpec.of("sha256sum").withStdin(input));
        assertThat(result.stdout().text()).hasSizeGreaterThan(64);
        assertThat(sandbox.run(ExecSpec.of("wc", "-c").withStdin(input))
                        .stdout()
                        .text()
                        .strip())
                .isEqualTo(Integer.toString(5 << 20));
    }

    @Test
    void aProgramThatDoesNotReadItsInputStillEnds() throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.of("head", "-c", "1").withStdin(new byte[4 << 20]));
        assertThat(result.succeeded()).isTrue();
        assertThat(sandbox.run(ExecSpec.of("true").withStdin(new byte[4 << 20])).succeeded())
                .isTrue();
    }

    @Test
    void charactersThatAreSplitBetweenWritesArrivWhole() throws InterruptedException {
        ExecResult result =
                python("import os,time\nfor b in 'äö€😀'.encode(): os.write(1, bytes([b])); time.sleep(0.01)");
        assertThat(result.stdout().text()).isEqualTo("äö€😀");
    }

    @Test
    void aProgramThatIgnoresTermIsKilledAfterItsTimeout() throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.shell("trap '' TERM; echo begun; while :; do sleep 1; done")
                .withTimeout(Duration.ofMillis(300)));
        assertThat(result.status()).isEqualTo(Status.TIMED_OUT);
        assertThat(result.stdout().text()).isEqualTo("begun\n");
        assertThat(result.duration()).isBetween(Duration.ofMillis(2200), Duration.ofSeconds(10));
        assertNothingIsLeft();
    }

    @Test
    void aProgramMayCleanUpWhenItsTimeIsOver() throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.shell("trap 'echo cleaned; exit 0' TERM; while :; do sleep 0.05; done")
                .withTimeout(Duration.ofMillis(300)));
        assertThat(result.status()).isEqualTo(Status.TIMED_OUT);
        assertThat(result.stdout().text()).isEqualTo("cleaned\n");
    }

    @Test
    void aProgramThatStopsItselfAndItsSupervisorStillEnds() throws InterruptedException {
        ExecResult result =
                sandbox.run(ExecSpec.shell("kill -STOP $PPID; kill -STOP $$").withTimeout(Duration.ofMillis(300)));
        assertThat(result.status()).isEqualTo(Status.TIMED_OUT);
        assertNothingIsLeft();
    }

    @Test
    void aProgramThatKillsItsSupervisorEnds() throws InterruptedException {
        ExecResult result = shell("kill -9 $PPID; sleep 100");
        assertThat(result.status()).isEqualTo(Status.SIGNALED);
        assertNothingIsLeft();
    }

    @Test
    void cancellingKillsDaemonsToo() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Exec exec = sandbox.start(ExecSpec.of("/usr/bin/python3", "-c", """
                        import os, signal, time
                        for i in range(5):
                            if os.fork() == 0:
                                os.setsid()
                                if os.fork() == 0:
                                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                                    time.sleep(1000)
                                os._exit(0)
                        os.write(1, b"begun")
                        time.sleep(1000)
                        """), new Sink() {
            @Override
            public void stdout(byte[] bytes) {
                begun.countDown();
            }
        });
        begun.await();
        exec.cancel();
        exec.cancel();
        ExecResult result = exec.await();
        assertThat(result.status()).isEqualTo(Status.CANCELLED);
        assertThat(result.duration()).isLessThan(Duration.ofSeconds(10));
        assertNothingIsLeft();
    }

    @Test
    void interruptingARunCancelsIt() throws InterruptedException {
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                sandbox.run(ExecSpec.of("sleep", "1000"));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        await().until(() -> shell("ls /proc/*/exe >/dev/null 2>&1; cat /proc/[0-9]*/comm")
                .stdout()
                .text()
                .contains("sleep"));
        thread.interrupt();
        thread.join();
        await().untilAsserted(LocalExecTest::assertNothingIsLeft);
    }

    @Test
    void aBackgroundChildNeitherHoldsTheExecNorOutlivesIt() throws InterruptedException {
        ExecResult result = shell("sleep 1000 & (setsid sleep 1000 &) ; echo done");
        assertThat(result.stdout().text()).isEqualTo("done\n");
        assertThat(result.succeeded()).isTrue();
        assertThat(result.duration()).isLessThan(Duration.ofSeconds(10));
        assertNothingIsLeft();
    }

    @Test
    void aGigabyteOfOutputIsCutWithoutBeingHeld() throws InterruptedException {
        AtomicLong seen = new AtomicLong();
        System.gc();
        long before = used();
        AtomicLong highest = new AtomicLong();
        Exec exec = sandbox.start(
                ExecSpec.shell("echo first; head -c 1073741824 /dev/zero | tr '\\0' x; echo; echo last")
                        .withOutputLimit(64 << 10),
                new Sink() {
                    @Override
                    public void stdout(byte[] bytes) {
                        long total = seen.addAndGet(bytes.length);
                        if ((total >> 20) % 128 == 0) {
                            System.gc();
                            highest.accumulateAndGet(used(), Math::max);
                        }
                    }
                });
        ExecResult result = exec.await();
        assertThat(result.succeeded()).isTrue();
        assertThat(seen).hasValue((1L << 30) + "first\n".length() + "\nlast\n".length());
        assertThat(result.stdout().totalBytes()).isEqualTo(seen.get());
        assertThat(result.stdout().text())
                .startsWith("first\nxxx")
                .endsWith("xxx\nlast\n")
                .contains("\n[... " + result.stdout().cutBytes() + " bytes cut ...]\n")
                .hasSizeLessThan(65 << 10);
        assertThat(highest.get() - before).as("memory over that of before").isLessThan(64L << 20);
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void aSinkThatTakesNothingStopsTheProgramAndNotTheSandbox() throws InterruptedException {
        CountDownLatch open = new CountDownLatch(1);
        AtomicLong seen = new AtomicLong();
        Exec exec = sandbox.start(ExecSpec.shell("head -c 20000000 /dev/zero"), new Sink() {
            @Override
            public void stdout(byte[] bytes) {
                try {
                    open.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                seen.addAndGet(bytes.length);
            }
        });
        assertThat(shell("echo alive").stdout().text()).isEqualTo("alive\n");
        open.countDown();
        assertThat(exec.await().succeeded()).isTrue();
        assertThat(seen).hasValue(20000000);
    }

    @Test
    void aSinkThatFailsCancelsTheExec() throws InterruptedException {
        Exec exec = sandbox.start(ExecSpec.of("yes"), new Sink() {
            @Override
            public void stdout(byte[] bytes) {
                throw new IllegalStateException("no more");
            }
        });
        assertThat(exec.await().status()).isEqualTo(Status.CANCELLED);
    }

    @Test
    void aForkBombIsContainedAndLeavesTheSandboxUsable() throws InterruptedException {
        ExecResult result =
                sandbox.run(ExecSpec.shell("f() { f | f & }; f; sleep 1000").withTimeout(Duration.ofSeconds(1)));
        assertThat(result.status()).isEqualTo(Status.TIMED_OUT);
        assertThat(result.duration()).isLessThan(Duration.ofSeconds(20));
        assertNothingIsLeft();
        ExecResult detached = shell("f() { f | f & }; f");
        assertThat(detached.duration()).isLessThan(Duration.ofSeconds(20));
        assertNothingIsLeft();
    }

    @Test
    void aProgramCannotKeepProcessOneFromWorking() throws InterruptedException {
        ExecResult result = python("""
                import ctypes, os, resource
                def attempt(name, call):
                    try:
                        call()
                        print('done', name)
                    except PermissionError:
                        print('refused', name)
                def io_priority(which, who):
                    number = {'x86_64': 251, 'aarch64': 30}[os.uname().machine]
                    if ctypes.CDLL(None).syscall(number, which, who, 7 | 2 << 13) < 0:
                        raise PermissionError
                for name, pid in ('self', os.getpid()), ('init', 1):
                    attempt(name + ' files', lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, 64)))
                    attempt(name + ' policy', lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)))
                    attempt(name + ' cores', lambda: os.sched_setaffinity(pid, os.sched_getaffinity(pid)))
                    attempt(name + ' priority', lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
                    attempt(name + ' group', lambda: os.setpriority(os.PRIO_PGRP, pid, 19))
                    attempt(name + ' io', lambda: io_priority(1, pid))
                attempt('user priority', lambda: os.setpriority(os.PRIO_USER, 0, 19))
                attempt('user io', lambda: io_priority(3, 0))
                """);
        assertThat(result.stdout().text().lines())
                .containsExactly(
                        "done self files",
                        "done self policy",
                        "done self cores",
                        "done self priority",
                        "done self group",
                        "done self io",
                        "refused init files",
                        "refused init policy",
                        "refused init cores",
                        "refused init priority",
                        "refused init group",
                        "refused init io",
                        "refused user priority",
                        "refused user io");
        assertThat(shell("echo alive").stdout().text()).isEqualTo("alive\n");
    }

    @Test
    void networkSocketsDoNotHoldMoreThanTheSandboxMay() throws InterruptedException {
        ExecResult result = python("""
                import socket
                listener = socket.create_server(('127.0.0.1', 0))
                kept, held = [], 0
                for i in range(40):
                    kept += [socket.create_connection(listener.getsockname()), listener.accept()[0]]
                    for end in kept[-2:]:
                        end.setblocking(False)
                        try:
                            while True: held += end.send(b'x' * 65536)
                        except BlockingIOError: pass
                print(held >> 20)
                """);
        // Forty connections hold 300 MiB where nothing bounds them.
        assertThat(Integer.parseInt(result.stdout().text().strip())).isBetween(1, 128);
    }

    @Test
    void anExecThatCannotStartYetHoldsNothingOfTheOthers() throws Exception {
        CountDownLatch leased = new CountDownLatch(1);
        Exec holder = sandbox.start(ExecSpec.of("/usr/bin/python3", "-c", """
                        import fcntl, os, shutil, signal
                        shutil.copy('/bin/true', '/workspace/leased')
                        signal.signal(signal.SIGIO, signal.SIG_IGN)
                        fcntl.fcntl(os.open('/workspace/leased', os.O_RDWR), fcntl.F_SETLEASE, fcntl.F_WRLCK)
                        os.write(1, b'leased')
                        signal.pause()
                        """), new Sink() {
            @Override
            public void stdout(byte[] bytes) {
                leased.countDown();
            }
        });
        leased.await();
        try (FrameChannel quiet = FrameChannel.connect(sandbox.socket())) {
            sandbox.files().stat("/workspace"); // connections are taken in order: the quiet one is there now
            Exec waiting = sandbox.start(ExecSpec.of("/workspace/leased"), ExecOutput.NONE);
            await().until(() ->
                    supervisors() == 4); // its own, the holder's, the waiting one and what is to become its program
            quiet.send(new FrameBuilder(FrameType.EXIT).build()); // no request: init lets go
            assertThatThrownBy(quiet::read).isInstanceOf(EOFException.class);
            assertThat(supervisors()).as("the exec still waits").isEqualTo(4);
            waiting.cancel();
            assertThat(waiting.await().status()).isEqualTo(Status.CANCELLED);
        } finally {
            holder.cancel();
            holder.await();
        }
        sandbox.files().remove("leased");
    }

    private static int supervisors() throws InterruptedException {
        String count =
                shell("cat /proc/[0-9]*/comm | grep -c supervisor").stdout().text();
        return Integer.parseInt(count.strip());
    }

    @Test
    void aMemoryBombIsOutOfMemoryAndLeavesTheSandboxUsable() throws InterruptedException {
        ExecResult result = python("a = []\nwhile True: a.append(bytearray(16 << 20))");
        assertThat(result.status()).isEqualTo(Status.OUT_OF_MEMORY);
        assertThat(result.detail()).contains("268435456");
        ExecResult inAShell = shell("python3 -c 'a = bytearray(1 << 30)'; exit 7");
        assertThat(inAShell.status()).isEqualTo(Status.OUT_OF_MEMORY);
        ExecResult notMemory = shell("exit 7");
        assertThat(notMemory.status()).isEqualTo(Status.EXITED);
    }

    @Test
    void aFileThatGrowsPastTheLimitIsNamed() throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.of("dd", "if=/dev/zero", "of=/workspace/big", "bs=1M", "count=9"));
        assertThat(result.status()).isEqualTo(Status.FILE_TOO_LARGE);
        assertThat(result.detail()).isEqualTo("A file would have grown past the limit of 8388608 bytes.");
        assertThat(shell("head -c 9000000 /dev/zero > /workspace/big").status()).isEqualTo(Status.FILE_TOO_LARGE);
        sandbox.files().remove("big");
    }

    @Test
    void execsRunSideBySide() throws InterruptedException {
        List<Exec> execs = IntStream.range(0, 12)
                .mapToObj(i -> sandbox.start(ExecSpec.shell("sleep 0.2; echo " + i), ExecOutput.NONE))
                .toList();
        for (int i = 0; i < execs.size(); i++) {
            assertThat(execs.get(i).await().stdout().text()).isEqualTo(i + "\n");
        }
    }

    @Test
    void whatAProgramWroteBeforeItEndedIsNotLost() throws InterruptedException {
        for (int i = 0; i < 50; i++) {
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            expected.writeBytes("y".repeat(50_000).getBytes(StandardCharsets.UTF_8));
            assertThat(python("import os; os.write(1, b'y' * 50000)").stdout().text())
                    .isEqualTo(expected.toString(StandardCharsets.UTF_8));
        }
    }

    private abstract static class Sink implements ExecOutput {
        @Override
        public void stderr(byte[] bytes) {}
    }
}
