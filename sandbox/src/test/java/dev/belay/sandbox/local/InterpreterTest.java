package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Interpreter;
import dev.belay.sandbox.Interpreter.Cell;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.SandboxLimits;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class InterpreterTest {
    private static Lab lab;
    private static LocalSandbox sandbox;

    @BeforeAll
    static void build() {
        lab = new Lab();
        sandbox = lab.create(new SandboxLimits(512L << 20, 64, 2, 1024, 64 << 20));
    }

    @AfterAll
    static void takeDown() {
        lab.close();
    }

    private static Interpreter python() {
        return sandbox.interpreter(Language.PYTHON, "/workspace");
    }

    private static String printed(Interpreter interpreter, String code) throws InterruptedException {
        ExecResult result = interpreter.run(Cell.of(code));
        assertThat(result.stderr().text()).isEmpty();
        return result.stdout().text();
    }

    @Test
    void importsVariablesFunctionsClassesAndGeneratorsPersist() throws InterruptedException {
        try (Interpreter python = python()) {
            python.run(Cell.of("""
                    import math, threading
                    x = 1
                    def f(): return x + 1
                    class Pair:
                        def __init__(self, a): self.a = a
                    g = (i * i for i in range(9))
                    lock = threading.Lock()
                    calls = [lambda: 'lambda']
                    """));
            assertThat(printed(python, "x = 41\nprint(f(), math.pi, Pair(3).a, next(g), next(g), lock, calls[0]())"))
                    .startsWith("42 3.141592653589793 3 0 1 <unlocked")
                    .endsWith("lambda\n");
        }
    }

    @Test
    void anExceptionOrExitKeepsTheState() throws InterruptedException {
        try (Interpreter python = python()) {
            ExecResult failed = python.run(Cell.of("x = 1\ndef f():\n    return 1 / 0\nf()"));
            assertThat(failed.exitCode()).hasValue(1);
            assertThat(failed.stderr().text())
                    .contains("\"<cell 1>\", line 3, in f", "return 1 / 0", "ZeroDivisionError");
            assertThat(python.run(Cell.of("import sys; sys.exit(4)")).exitCode())
                    .hasValue(4);
            assertThat(printed(python, "print(x)")).isEqualTo("1\n");
        }
    }

    @Test
    void aCellOutOfTimeIsInterruptedAndTheStateKept() throws InterruptedException {
        try (Interpreter python = python()) {
            python.run(Cell.of("x = 1"));
            ExecResult late = python.run(Cell.of("import subprocess\nprint('begun')\nsubprocess.run(['sleep', '1000'])")
                    .withTimeout(Duration.ofMillis(300)));
            assertThat(late.status()).isEqualTo(Status.TIMED_OUT);
            assertThat(late.stateLost()).isFalse();
            assertThat(late.stdout().text()).isEqualTo("begun\n");
            assertThat(late.stderr().text()).contains("KeyboardInterrupt");
            assertThat(late.detail()).contains("300 ms", "is kept");
            assertThat(printed(python, "print(x)")).isEqualTo("1\n");
        }
    }

    @Test
    void aCellThatDoesNotHeedTheInterruptIsKilledAndTheLossIsTold() throws InterruptedException {
        try (Interpreter python = python()) {
            python.run(Cell.of("x = 1"));
            ExecResult late = python.run(Cell.of(
                            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('begun')\nwhile True: pass")
                    .withTimeout(Duration.ofMillis(300)));
            assertThat(late.status()).isEqualTo(Status.TIMED_OUT);
            assertThat(late.stateLost()).isTrue();
            assertThat(late.stdout().text()).isEqualTo("begun\n");
            ExecResult next = python.run(Cell.of("print('x' in globals())"));
            assertThat(next.stdout().text()).isEqualTo("False\n");
            assertThat(next.stateLost()).as("told once").isFalse();
        }
    }

    @Test
    void anInterpreterThatEndsTellsTheLossToItsCellOrToTheNext() throws InterruptedException {
        try (Interpreter python = python()) {
            ExecResult exited = python.run(Cell.of("print('before', flush=True)\nimport os; os._exit(5)"));
            assertThat(exited.exitCode()).hasValue(5);
            assertThat(exited.stateLost()).isTrue();
            assertThat(exited.stdout().text()).isEqualTo("before\n");
            ExecResult crashed = python.run(Cell.of("os = __import__('os'); os.abort()"));
            assertThat(crashed.signal()).hasValue(6);
            assertThat(crashed.stateLost()).isTrue();
            ExecResult hungry = python.run(Cell.of("a = []\nwhile True: a.append(bytearray(16 << 20))"));
            assertThat(hungry.status()).isEqualTo(Status.OUT_OF_MEMORY);
            assertThat(hungry.stateLost()).isTrue();
            python.run(Cell.of("import os, threading\nthreading.Timer(0.05, os._exit, [1]).start()"));
            await().until(() -> !sandbox.run(ExecSpec.shell("cat /proc/[0-9]*/comm"))
                    .stdout()
                    .text()
                    .contains("python"));
            assertThat(python.run(Cell.of("print(1)")).stateLost()).isTrue();
        }
    }

    @Test
    void whatACellWritesToAnyDescriptorIsOutputOrNothing() throws InterruptedException {
        try (Interpreter python = python()) {
            python.run(Cell.of("x = 1"));
            ExecResult noise =
                    python.run(Cell.of("import os\nos.write(1, bytes(range(256)) * 40)\nos.write(2, b'\\0' * 5)"));
            assertThat(noise.stdout().totalBytes()).isEqualTo(10240);
            assertThat(noise.stderr().totalBytes()).isEqualTo(5);
            assertThat(noise.exitCode()).hasValue(0);
            ExecResult closed = python.run(Cell.of("os.closerange(0, 64)"));
            assertThat(closed.exitCode()).hasValue(0);
            assertThat(python.run(Cell.of("open('/workspace/x', 'w').write(str(x))"))
                            .stateLost())
                    .isFalse();
            assertThat(new String(sandbox.files().read("x", 10).bytes(), java.nio.charset.StandardCharsets.UTF_8))
                    .isEqualTo("1");
            ExecResult all = python.run(Cell.of("os.closerange(0, 1024)"));
            assertThat(all.stateLost()).isTrue();
            assertThat(printed(python, "print('anew')")).isEqualTo("anew\n");
        }
    }

    /** The channel's descriptor is found by trying; what is written there without the nonce of the running cell means nothing. */
    private static final String FORGE = """
            import os, socket, struct
            def forge(nonce, code):
                for fd in range(3, 1024):
                    try:
                        if os.readlink(f'/proc/self/fd/{fd}').startswith('socket'):
                            os.write(fd, struct.pack('>I', 20) + nonce + struct.pack('>i', code))
                    except OSError: pass
            """;

    @Test
    void aForgedEndOfACellMeansNothing() throws InterruptedException {
        try (Interpreter python = python()) {
            python.run(Cell.of(FORGE));
            ExecResult forged = python.run(Cell.of("forge(b'\\0' * 16, 0)\nforge(os.urandom(16), 0)\n1 / 0"));
            assertThat(forged.exitCode()).hasValue(1);
            // A process that the first cell left writes into the second with all that it knows: its own cell's nonce.
            python.run(Cell.of("""
                    import sys, time
                    frame = sys._getframe()
                    while frame and 'message' not in frame.f_locals: frame = frame.f_back
                    nonce = frame.f_locals['message'][:16]
                    if os.fork() == 0:
                        for i in range(200): forge(nonce, 99); time.sleep(0.005)
                        os._exit(0)
                    """));
            ExecResult second = python.run(Cell.of("time.sleep(0.3)\nprint('whole')"));
            assertThat(second.exitCode()).hasValue(0);
            assertThat(second.stdout().text()).isEqualTo("whole\n");
        }
    }

    @Test
    void anEndlessMessageOnTheChannelEndsTheInterpreterAndNothingElse() throws InterruptedException {
        try (Interpreter python = python()) {
            ExecResult flooded = python.run(Cell.of(FORGE + """
                    for fd in range(3, 1024):
                        try:
                            if os.readlink(f'/proc/self/fd/{fd}').startswith('socket'):
                                while True: os.write(fd, b'\\x7f' * 65536)
                        except OSError: pass
                    """));
            assertThat(flooded.stateLost()).isTrue();
            assertThat(flooded.succeeded()).isFalse();
            assertThat(printed(python, "print('anew')")).isEqualTo("anew\n");
        }
    }

    @Test
    void aForkThatComesToTheCellsEndDoesNotSpeakForIt() throws InterruptedException {
        try (Interpreter python = python()) {
            ExecResult result = python.run(Cell.of("""
                    import os
                    child = os.fork()
                    if child: os.waitpid(child, 0)
                    print('child' if child == 0 else 'parent')
                    """));
            assertThat(result.stdout().text()).isEqualTo("child\nparent\n");
            assertThat(printed(python, "print('next')")).isEqualTo("next\n");
        }
    }

    @Test
    void allThatACellPrintedComesBeforeItsEnd() throws InterruptedException {
        try (Interpreter python = python()) {
            for (int i = 0; i < 30; i++) {
                assertThat(printed(python, "import os; os.write(1, b'y' * 50000); print(" + i + ")"))
                        .hasSize(50_001 + Integer.toString(i).length())
                        .endsWith("y" + i + "\n");
            }
        }
    }

    @Test
    void cellsRunInTheOrderInWhichTheyWereStarted() throws InterruptedException {
        try (Interpreter python = python()) {
            python.run(Cell.of("all = []"));
            List<Exec> cells = IntStream.range(0, 20)
                    .mapToObj(i -> python.start(Cell.of("all.append(" + i + ")"), ExecOutput.NONE))
                    .toList();
            for (Exec cell : cells) {
                cell.await();
            }
            assertThat(printed(python, "print(all == list(range(20)))")).isEqualTo("True\n");
        }
    }

    @Test
    void cancellingACellInterruptsIt() throws InterruptedException {
        try (Interpreter python = python()) {
            python.run(Cell.of("x = 1"));
            Exec cell = python.start(Cell.of("import time\nopen('begun', 'w')\ntime.sleep(1000)"), ExecOutput.NONE);
            await().until(() -> sandbox.run(ExecSpec.of("test", "-e", "begun")).succeeded());
            Exec waiting = python.start(Cell.of("x = 2"), ExecOutput.NONE);
            waiting.cancel();
            cell.cancel();
            assertThat(waiting.await().status()).isEqualTo(Status.CANCELLED);
            assertThat(cell.await().status()).isEqualTo(Status.CANCELLED);
            assertThat(printed(python, "print(x)")).isEqualTo("1\n");
        }
    }

    @Test
    void closingEndsTheProcess() throws InterruptedException {
        Interpreter python = python();
        String pid = printed(python, "import os; print(os.getpid())").strip();
        python.close();
        await().until(() ->
                !sandbox.run(ExecSpec.of("test", "-e", "/proc/" + pid)).succeeded());
        assertThat(python.run(Cell.of("print(1)")).status()).isEqualTo(Status.NOT_STARTED);
    }

    @Test
    void javaScriptKeepsItsStateToo() throws InterruptedException {
        assumeThat(sandbox.run(ExecSpec.shell("command -v node")).succeeded()).isTrue();
        try (Interpreter node = sandbox.interpreter(Language.JAVASCRIPT, "/workspace")) {
            node.run(Cell.of("const x = 5; let y = 1; class Pair {}; function f() { return x + y }"));
            assertThat(printed(node, "y = 37; console.log(f(), new Pair(), typeof require)"))
                    .isEqualTo("42 Pair {} function\n");
            ExecResult failed = node.run(Cell.of("throw new Error('no')"));
            assertThat(failed.exitCode()).hasValue(1);
            assertThat(failed.stderr().text()).contains("cell-3.js:1", "Error: no");
            ExecResult late = node.run(Cell.of("while (true) {}").withTimeout(Duration.ofMillis(300)));
            assertThat(late.status()).isEqualTo(Status.TIMED_OUT);
            assertThat(late.stateLost()).isFalse();
            assertThat(printed(node, "new Promise(r => setTimeout(() => { console.log(x); r() }, 20))"))
                    .isEqualTo("5\n");
            assertThat(node.run(Cell.of("process.exit(3)")).stateLost()).isTrue();
        }
    }
}
