package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Terminal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is said to a program while it runs: by its input, by signals, and by a terminal. */
class InputTest {
    private static Lab lab;
    private static LocalSandbox sandbox;

    @BeforeAll
    static void build() {
        lab = new Lab();
        sandbox = lab.create();
    }

    @AfterAll
    static void takeDown() {
        lab.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Collects what an exec writes, to wait for parts of it. */
    private static final class Heard implements ExecOutput {
        private final StringBuffer text = new StringBuffer();

        @Override
        public void stdout(byte[] bytes) {
            text.append(new String(bytes, StandardCharsets.UTF_8));
        }

        @Override
        public void stderr(byte[] bytes) {
            stdout(bytes);
        }

        void awaits(String part) {
            await().until(() -> text.indexOf(part) >= 0);
        }
    }

    @Test
    void aProgramReadsWhatIsWrittenWhileItRuns() throws InterruptedException {
        Heard heard = new Heard();
        Exec exec = sandbox.start(
                ExecSpec.shell("while read line; do echo \"got $line\"; done; echo end")
                        .withOpenStdin(),
                heard);
        exec.write(bytes("one\n"));
        heard.awaits("got one\n");
        exec.write(bytes("two\n"));
        heard.awaits("got two\n");
        exec.endInput();
        exec.endInput();
        assertThat(exec.await().stdout().text()).isEqualTo("got one\ngot two\nend\n");
        exec.write(bytes("late"));
    }

    @Test
    void aProgramThatDoesNotReadHoldsUpItsWriterAndNotItsSignals() throws InterruptedException {
        Heard heard = new Heard();
        Exec exec = sandbox.start(
                ExecSpec.shell("trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done")
                        .withOpenStdin(),
                heard);
        heard.awaits("ready");
        Thread writer = Thread.startVirtualThread(() -> {
            try {
                exec.write(new byte[4 << 20]);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        await().until(() -> writer.getState() == Thread.State.WAITING);
        exec.signal(Exec.SIGINT);
        ExecResult result = exec.await();
        assertThat(result.exitCode()).hasValue(5);
        assertThat(result.stdout().text()).contains("caught");
        writer.join();
    }

    @Test
    void inputThatIsNotOpenCannotBeWritten() throws InterruptedException {
        Exec exec = sandbox.start(ExecSpec.of("true"), ExecOutput.NONE);
        assertThatThrownBy(() -> exec.write(bytes("x"))).isInstanceOf(IllegalStateException.class);
        exec.await();
    }

    @Test
    void aTerminalIsTheProgramsOwn() throws InterruptedException {
        Heard heard = new Heard();
        Exec exec = sandbox.start(ExecSpec.of("/bin/sh", "-i").on(new Terminal(24, 80)), heard);
        exec.write(bytes("tty; stty size; test -t 2 && echo terminal-$((40 + 2)) $TERM\n"));
        heard.awaits("terminal-42 xterm-256color");
        assertThat(heard.text).contains("/dev/pts/0").contains("24 80");
        exec.resize(new Terminal(50, 132));
        exec.write(bytes("stty size; sleep 1000\n"));
        heard.awaits("50 132");
        exec.write(bytes("\u0003")); // Ctrl-C ends the sleep, not the shell
        exec.write(bytes("echo after-$((1 + 1))\n"));
        heard.awaits("after-2");
        exec.endInput();
        ExecResult result = exec.await();
        assertThat(result.status()).isEqualTo(Status.EXITED);
        assertThat(result.stderr().totalBytes()).isZero();
    }

    @Test
    void whatWasLastWrittenToATerminalIsNotLost() throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            ExecResult result =
                    sandbox.run(ExecSpec.of("/bin/sh", "-c", "head -c 60000 /dev/zero | tr '\\0' x; echo; echo last")
                            .on(new Terminal(24, 80)));
            assertThat(result.stdout().totalBytes()).isEqualTo(60_000 + "\r\nlast\r\n".length());
            assertThat(result.stdout().text()).endsWith("x\r\nlast\r\n");
        }
    }

    @Test
    void aTerminalDiesWithAllThatRunsOnIt() throws InterruptedException {
        Heard heard = new Heard();
        Exec exec = sandbox.start(
                ExecSpec.of("/bin/sh", "-c", "(trap '' HUP TERM; sleep 98765) & echo begun; sleep 98765")
                        .on(new Terminal(24, 80)),
                heard);
        heard.awaits("begun");
        exec.cancel();
        assertThat(exec.await().status()).isEqualTo(Status.CANCELLED);
        assertThat(sandbox.run(ExecSpec.shell("cat /proc/[0-9]*/comm")).stdout().text())
                .doesNotContain("sleep");
    }

    @Test
    void codeRunsOnATerminalToo() throws InterruptedException {
        assertThat(sandbox.run(ExecSpec.code(
                                        Language.PYTHON,
                                        "import sys, os; print(sys.stdin.isatty(), os.get_terminal_size().columns)")
                                .on(new Terminal(10, 33)))
                        .stdout()
                        .text())
                .isEqualTo("True 33\r\n");
    }
}
