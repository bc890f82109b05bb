package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.SandboxLimits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Code in a fresh process: with a worker that forks it, and without one, to the same effect. */
@Timeout(120)
class CodeTest {
    /** Whether the sandbox has a warm parent for Python. */
    enum Parent {
        NONE,
        WARM
    }

    private static Lab lab;
    private static LocalSandbox cold;
    private static LocalSandbox warm;

    @BeforeAll
    static void build() {
        lab = new Lab();
        cold = lab.create(new SandboxLimits(512L << 20, 64, 2, 256, 64 << 20));
        warm = lab.create(new SandboxLimits(512L << 20, 64, 2, 256, 64 << 20));
        warmUp(warm);
    }

    private static void warmUp(LocalSandbox sandbox) {
        sandbox.prepare(Language.PYTHON);
        await().until(() -> isForked(sandbox));
    }

    /** A forked program's parent is the worker, whose arguments are known. */
    private static boolean isForked(LocalSandbox sandbox) throws InterruptedException {
        return sandbox.run(python("import os; print(open(f'/proc/{os.getppid()}/cmdline').read())"))
                .stdout()
                .text()
                .contains("-I\0/opt/belay/worker.py");
    }

    @AfterAll
    static void takeDown() {
        lab.close();
    }

    private static ExecSpec python(String code) {
        return ExecSpec.code(Language.PYTHON, code);
    }

    /** Without a parent each program has a sandbox in which it is the first, which is never forked. */
    private static ExecResult run(Parent parent, ExecSpec spec) throws InterruptedException {
        if (parent == Parent.WARM) {
            return warm.run(spec);
        }
        try (LocalSandbox first = lab.create(SandboxLimits.DEFAULT)) {
            return first.run(spec);
        }
    }

    @ParameterizedTest
    @EnumSource
    void pythonRunsAsTheMainProgramInItsDirectory(Parent parent) throws InterruptedException {
        ExecResult result =
                run(parent, python("""
                import os, pickle, sys
                class Pair: pass
                print(os.getcwd(), __name__, sys.argv, type(pickle.loads(pickle.dumps(Pair()))).__name__, os.environ['GREETING'])
                print(sorted(os.listdir('/proc/self/fd')), file=sys.stderr)
                """).withEnv(Map.of("GREETING", "hello=you")).in("/tmp"));
        assertThat(result.stdout().text()).isEqualTo("/tmp __main__ ['<program>'] Pair hello=you\n");
        assertThat(result.stderr().text()).isEqualTo("['0', '1', '2', '3']\n"); // 3 is the listing's own
        assertThat(result.succeeded()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void itEndsAsThePythonCommandDoes(Parent parent) throws InterruptedException {
        ExecResult failed = run(parent, python("def f():\n    raise ValueError('no')\nf()"));
        assertThat(failed.exitCode()).hasValue(1);
        assertThat(failed.stderr().text()).isEqualTo("""
                Traceback (most recent call last):
                  File "<program>", line 3, in <module>
                    f()
                  File "<program>", line 2, in f
                    raise ValueError('no')
                ValueError: no
                """);
        assertThat(run(parent, python("import sys; sys.exit(7)")).exitCode()).hasValue(7);
        assertThat(run(parent, python("import sys; sys.exit('why')")).stderr().text())
                .isEqualTo("why\n");
        assertThat(run(parent, python("import os; os.abort()")).signal()).hasValue(6);
        assertThat(run(parent, python("this is no python")).stderr().text()).contains("SyntaxError");
        ExecResult late = run(parent, python("""
                import atexit, threading, time
                atexit.register(print, 'at exit')
                threading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()
                print('main')
                """));
        assertThat(late.stdout().text()).isEqualTo("main\nthread\nat exit\n");
    }

    @ParameterizedTest
    @EnumSource
    void itReadsItsInputAndTheModulesBesideIt(Parent parent) throws InterruptedException {
        assertThat(run(
                                parent,
                                python("import sys; print(len(sys.stdin.read()))")
                                        .withStdin(new byte[3 << 20]))
                        .stdout()
                        .text())
                .isEqualTo(3 * (1 << 20) + "\n");
        assertThat(run(parent, python("import sys; print(repr(sys.stdin.read()))"))
                        .stdout()
                        .text())
                .isEqualTo("''\n");
        ExecResult module = run(parent, python("""
                open('beside.py', 'w').write('answer = 42')
                import beside
                print(beside.answer)
                """));
        assertThat(module.stdout().text()).isEqualTo("42\n");
    }

    @ParameterizedTest
    @EnumSource
    void whatLastsTooLongIsKilledWithAllItStarted(Parent parent) throws InterruptedException {
        ExecResult result = run(parent, python("""
                import os, signal, subprocess
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                subprocess.Popen(['sleep', '98765'], start_new_session=True)
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        while True: signal.pause()
                    os._exit(0)
                print('begun')
                while True: signal.pause()
                """).withTimeout(Duration.ofMillis(500)));
        assertThat(result.status()).isEqualTo(Status.TIMED_OUT);
        assertThat(result.stdout().text()).isEqualTo("begun\n");
        assertThat(warmProcesses()).isLessThanOrEqualTo(2);
    }

    /** Processes of the warm sandbox besides the shell that looks: the worker and the fork that waits, if nothing runs. */
    private static long warmProcesses() throws InterruptedException {
        return warm.run(ExecSpec.shell("cat /proc/[0-9]*/comm"))
                .stdout()
                .text()
                .lines()
                .filter(name -> name.startsWith("python") || name.equals("sleep"))
                .count();
    }

    @Test
    void whatAForkLeavesBehindDoesNotOutliveIt() throws InterruptedException {
        ExecResult result = warm.run(python("""
                import os, time
                for i in range(3):
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork() == 0: time.sleep(1000)
                        os._exit(0)
                print('done')
                """));
        assertThat(result.stdout().text()).isEqualTo("done\n");
        assertThat(result.duration()).isLessThan(Duration.ofSeconds(10));
        assertThat(warmProcesses()).isLessThanOrEqualTo(2);
    }

    @Test
    void manyForksRunSideBySideAndKeepTheirOutputApart() {
        List<CompletableFuture<ExecResult>> all = IntStream.range(0, 12)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return warm.run(python("for i in range(2000): print(" + i + ")"));
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        Thread::startVirtualThread))
                .toList();
        for (int i = 0; i < all.size(); i++) {
            assertThat(all.get(i).join().stdout().text()).isEqualTo((i + "\n").repeat(2000));
        }
    }

    @Test
    void noVariableOfAProgramIsSeenByTheNext() throws InterruptedException {
        warm.run(python("import builtins, math, os\nbuiltins.leak = 1\nmath.pi = 3\nos.environ['LEAK'] = '1'"));
        assertThat(warm.run(
                                python(
                                        "import builtins, math, os\nprint(hasattr(builtins, 'leak'), math.pi, 'LEAK' in os.environ)"))
                        .stdout()
                        .text())
                .isEqualTo("False 3.141592653589793 False\n");
        assertThat(warm.run(python("import random; print(random.random())"))
                        .stdout()
                        .text())
                .isNotEqualTo(warm.run(python("import random; print(random.random())"))
                        .stdout()
                        .text());
    }

    @Test
    void aForkCannotLookIntoItsParent() throws InterruptedException {
        ExecResult result = warm.run(python("""
                import os
                for name in 'mem', 'environ', 'fd', 'maps':
                    path = f'/proc/{os.getppid()}/{name}'
                    try:
                        print(name, 'OPEN', (os.listdir if name == 'fd' else open)(path))
                    except PermissionError:
                        print(name, 'refused')
                """));
        assertThat(result.stdout().text()).isEqualTo("mem refused\nenviron refused\nfd refused\nmaps refused\n");
    }

    @Test
    void aProgramThatKillsItsParentHarmsNeitherItselfNorTheNext() throws InterruptedException {
        try (LocalSandbox sandbox = lab.create(SandboxLimits.DEFAULT)) {
            warmUp(sandbox);
            ExecResult killer = sandbox.run(
                    python(
                            "import os, signal, time\nos.kill(os.getppid(), 9)\ntime.sleep(0.2)\nprint('alive', os.getppid())"));
            assertThat(killer.stdout().text()).isEqualTo("alive 1\n");
            assertThat(killer.exitCode()).hasValue(0);
            assertThat(sandbox.run(python("print(1)")).stdout().text()).isEqualTo("1\n");
            await().until(() -> isForked(sandbox)); // there is a new worker
            ExecResult stopper = sandbox.run(python("import os\nos.kill(os.getppid(), 19)\nprint('stopped it')"));
            assertThat(stopper.stdout().text()).isEqualTo("stopped it\n");
            assertThat(sandbox.run(python("print(2)")).stdout().text()).isEqualTo("2\n");
        }
    }

    @Test
    void memoryOfAForkIsBounded() throws InterruptedException {
        ExecResult result = warm.run(python("a = []\nwhile True: a.append(bytearray(16 << 20))"));
        assertThat(result.status()).isEqualTo(Status.OUT_OF_MEMORY);
        assertThat(warm.run(python("print('alive')")).stdout().text()).isEqualTo("alive\n");
    }

    @Test
    void codeOfFiveMegabytesRuns() throws InterruptedException {
        String text = "ab'\"\\\\$é\uD83D\uDE00".repeat(320_000);
        String quoted = text.replace("'", "\\'");
        for (LocalSandbox sandbox : List.of(cold, warm)) {
            assertThat(sandbox.run(python("x = '" + quoted + "'\nprint(len(x))"))
                            .stdout()
                            .text())
                    .isEqualTo(8 * 320_000 + "\n");
        }
        ExecResult shell =
                cold.run(ExecSpec.shell("cat > big <<'END_OF_TEXT'\n" + text + "\nEND_OF_TEXT\nwc -m < big"));
        assertThat(shell.stdout().text()).isEqualTo(9 * 320_000 + 1 + "\n");
    }

    @Test
    void javaScriptRunsWhereThereIsNode() throws InterruptedException {
        assumeThat(cold.run(ExecSpec.shell("command -v node")).succeeded()).isTrue();
        ExecResult result = cold.run(ExecSpec.code(Language.JAVASCRIPT, """
                require('fs').writeFileSync('beside.js', 'module.exports = 42');
                console.log(require('./beside'), __filename, require.main === module);
                process.exitCode = 3;
                """));
        assertThat(result.stdout().text()).isEqualTo("42 /workspace/program.js true\n");
        assertThat(result.exitCode()).hasValue(3);
        assertThat(cold.run(ExecSpec.code(Language.JAVASCRIPT, "throw new Error('no')"))
                        .stderr()
                        .text())
                .contains("program.js:1", "Error: no");
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() throws InterruptedException {
        for (LocalSandbox sandbox : List.of(cold, warm)) {
            ExecResult result = sandbox.run(python("print(1)").in("nowhere"));
            assertThat(result.status()).isEqualTo(Status.NOT_STARTED);
            assertThat(result.detail()).contains("The working directory nowhere cannot be entered");
        }
    }

    @Test
    void aShellTakesNoNul() throws InterruptedException {
        assertThat(cold.run(ExecSpec.shell("echo \0")).detail()).contains("NUL character");
    }
}
