package dev.belay.agent.tool.builtin.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import dev.belay.api.IdSource;
import dev.belay.store.StoredJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ToolSessions.class)
class ExecuteCodeTest {
    @Test
    void aProgramThatEndsWellAnswersWithWhatItPrinted(ToolSession session) throws Exception {
        ToolOutcome outcome = run(session, "import sys\nprint(6 * 7)\nprint('note', file=sys.stderr)");
        assertThat(outcome.error()).isFalse();
        Map<String, Object> json = json(outcome);
        assertThat(json.keySet())
                .containsExactly("status", "stdout", "stderr", "exit_code", "execution_id", "duration_ms");
        assertThat(json)
                .containsEntry("status", "success")
                .containsEntry("stdout", "42\n")
                .containsEntry("stderr", "note\n")
                .containsEntry("exit_code", 0);
        assertThat(IdSource.isId((String) json.get("execution_id"))).isTrue();
        assertThat((Integer) json.get("duration_ms")).isPositive();
    }

    @Test
    void aProgramThatFailsAnswersWithItsTraceAndCode(ToolSession session) throws Exception {
        ToolOutcome outcome = run(session, "def f():\n    raise ValueError('no')\nf()");
        assertThat(outcome.error()).isTrue();
        assertThat(json(outcome)).containsEntry("status", "error").containsEntry("exit_code", 1);
        assertThat((String) json(outcome).get("stderr")).contains("line 2, in f", "raise ValueError", "ValueError: no");
        assertThat(json(run(session, "import sys; sys.exit(7)"))).containsEntry("exit_code", 7);
        assertThat(json(run(session, "this is no python"))).containsEntry("exit_code", 1);
    }

    @Test
    void anyQuotesBackslashesAndLineEndsArriveAsTheyAre(ToolSession session) throws Exception {
        String code = "print('''a\"b\\\\c''' + \"\"\"'\"\"\" + r'\\n$(x)`y`' + 'é漢\uD83D\uDE00')\r\nprint('two')\r\n";
        assertThat(json(run(session, code))).containsEntry("stdout", "a\"b\\c'\\n$(x)`y`é漢\uD83D\uDE00\ntwo\n");
    }

    @Test
    void aProgramOfFiveMegabytesRuns(ToolSession session) throws Exception {
        String code = "x = '''" + "abc\n".repeat(1_310_720) + "'''\nprint(len(x))";
        assertThat(json(run(session, code))).containsEntry("stdout", "5242880\n");
    }

    @Test
    void itRunsWhereTheFilesAreAndLeavesNoneOfItsOwn(ToolSession session) throws Exception {
        session.put("mine.py", "def answer(): return 42");
        assertThat(json(run(session, "import os, mine; print(os.getcwd(), mine.answer(), __name__)")))
                .containsEntry("stdout", "/workspace 42 __main__\n");
        session.put("/tmp/random.py", "raise Exception('shadowed')");
        assertThat(json(run(session, "import random; print('ok')"))).containsEntry("stdout", "ok\n");
        assertThat(session.bash("ls -A /tmp").output()).isEqualTo("random.py\n");
    }

    @Test
    void itsStandardInputIsEmpty(ToolSession session) throws Exception {
        assertThat(json(run(session, "import sys; print(repr(sys.stdin.read()))")))
                .containsEntry("stdout", "''\n");
    }

    @Test
    void importsVariablesFunctionsClassesAndGeneratorsPersist(ToolSession session) throws Exception {
        run(session, """
                import math
                x = 40
                def f(): return x + 1
                class Pair:
                    def __init__(self, a): self.a = a
                pairs = [Pair(i) for i in range(3)]
                g = (i * i for i in range(9))
                calls = [lambda: 'lambda']
                """);
        assertThat(json(run(session, "x += 1; print(f(), math.pi, pairs[2].a, next(g), next(g), calls[0]())")))
                .containsEntry("stdout", "42 3.141592653589793 2 0 1 lambda\n");
    }

    @Test
    void anExceptionKeepsTheState(ToolSession session) throws Exception {
        run(session, "x = 1");
        assertThat(json(run(session, "x = 2\nraise ValueError('no')"))).containsEntry("exit_code", 1);
        assertThat(json(run(session, "print(x)")))
                .containsEntry("stdout", "2\n")
                .doesNotContainKey("state_lost");
    }

    @Test
    void aProgramOutOfTimeIsInterruptedAndItsStateKept(ToolSession session) throws Exception {
        run(session, "x = 1");
        ToolOutcome outcome = session.call(
                "mcp__sandbox__execute_code", Map.of("code", "print('begun')\nwhile True: pass", "timeout", 1));
        assertThat(outcome.error()).isTrue();
        Map<String, Object> json = json(outcome);
        assertThat(json)
                .containsEntry("status", "error")
                .containsEntry("error_type", "TimeoutError")
                .containsEntry("stdout", "begun\n")
                .doesNotContainKeys("exit_code", "state_lost");
        assertThat((String) json.get("error")).contains("did not end within 1000 ms", "is kept");
        assertThat(IdSource.isId((String) json.get("execution_id"))).isTrue();
        assertThat(json(run(session, "print(x)"))).containsEntry("stdout", "1\n");
    }

    @Test
    void aProgramThatHasToBeKilledSaysThatTheStateIsLost(ToolSession session) throws Exception {
        run(session, "x = 1");
        ToolOutcome killed = session.call(
                "mcp__sandbox__execute_code",
                Map.of("code", "import signal\nsignal.signal(2, signal.SIG_IGN)\nwhile True: pass", "timeout", 1));
        assertThat(json(killed)).containsEntry("error_type", "TimeoutError").containsEntry("state_lost", true);
        assertThat(json(run(session, "print('x' in globals())"))).containsEntry("stdout", "False\n");
        assertThat(json(run(session, "import os; os._exit(3)")))
                .containsEntry("exit_code", 3)
                .containsEntry("state_lost", true);
    }

    @Test
    void binaryOutputIsShownAsFarAsItIsText(ToolSession session) throws Exception {
        assertThat(json(run(session, "import os; os.write(1, bytes([65, 255, 0, 66])) and None")))
                .containsEntry("stdout", "A\ufffd\0B");
    }

    @Test
    void aProgramOutOfMemoryFails(ToolSession session) throws Exception {
        ToolOutcome outcome = run(session, "x = bytearray(2 << 30); print(len(x))");
        assertThat(outcome.error()).isTrue();
        assertThat(outcome.output()).contains("MemoryError");
    }

    @Test
    void aProgramThatCrashesAnswersWithTheCodeAShellWouldGive(ToolSession session) throws Exception {
        assertThat(json(run(session, "import os; os.abort()")))
                .containsEntry("status", "error")
                .containsEntry("exit_code", 134)
                .containsEntry("error", "Killed by signal 6 (SIGABRT).");
    }

    @Test
    void outputBeyondWhatAModelCanReadIsCut(ToolSession session) throws Exception {
        ToolOutcome outcome = run(session, "print('a' * 10_000_000)");
        assertThat((String) json(outcome).get("stdout")).hasSizeLessThan(30_100).contains("bytes cut");
        assertThat(outcome.truncatedBytes()).isEqualTo(10_000_001 - 30_000);
    }

    @Test
    void otherLanguagesRunByName(ToolSession session) throws Exception {
        assertThat(json(run(session, "[[ a == a ]] && echo $((6 * 7))", "bash")))
                .containsEntry("stdout", "42\n");
        assertThat(json(run(session, "echo $((6 * 7))", "sh"))).containsEntry("stdout", "42\n");
        assertThat(json(run(session, "print(1)", "PYTHON"))).containsEntry("stdout", "1\n");
    }

    @Test
    void aLanguageThatIsNotThereIsRefusedWithThoseThatAre(ToolSession session) throws Exception {
        Map<String, String> programs =
                Map.of("javascript", "console.log(42)", "perl", "print 42, \"\\n\"", "ruby", "puts 42", "cobol", "?");
        Map<String, String> interpreters =
                Map.of("javascript", "node", "perl", "perl", "ruby", "ruby", "cobol", "cobol");
        for (String language : programs.keySet()) {
            boolean there =
                    !session.bash("command -v " + interpreters.get(language)).error();
            Map<String, Object> json = json(run(session, programs.get(language), language));
            if (there) {
                assertThat(json).as(language).containsEntry("stdout", "42\n");
            } else {
                assertThat(json.keySet()).containsExactly("status", "error", "error_type", "execution_id");
                assertThat(json).containsEntry("error_type", "LanguageError");
                assertThat((String) json.get("error"))
                        .startsWith("this sandbox cannot run " + language + "; it can run python,")
                        .contains("bash, sh");
            }
        }
    }

    @Test
    void aProgramMayItselfExitWith127(ToolSession session) throws Exception {
        assertThat(json(run(session, "import sys; sys.exit(127)"))).containsEntry("exit_code", 127);
    }

    @Test
    void anInterruptEndsTheCodeAndKeepsTheState(ToolSession session) throws Exception {
        run(session, "x = 1");
        CompletableFuture<Object> ended = new CompletableFuture<>();
        Thread turn = Thread.ofVirtual().start(() -> {
            try {
                ended.complete(
                        run(session, "import subprocess; open('started', 'w'); subprocess.run(['sleep', '98765'])"));
            } catch (InterruptedException e) {
                ended.complete(e);
            }
        });
        String look = "ls started; cat /proc/[0-9]*/comm | grep -c sleep";
        await().until(() -> session.bash(look).output().startsWith("started\n1\n"));
        turn.interrupt();
        assertThat(ended.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(session.bash(look).output()).startsWith("started\n0\n");
        assertThat(json(run(session, "print(x)"))).containsEntry("stdout", "1\n");
        run(session, "print(1)", "perl");
        assertThat(session.bash("ls -A /tmp").output()).isEqualTo("(no output)");
    }

    @Test
    void aSandboxThatIsGoneIsToldAsJson(ToolSession session) throws Exception {
        session.sandbox().close();
        for (ToolOutcome outcome : List.of(
                run(session, "print(1)"), session.call("mcp__sandbox__execute_shell", Map.of("command", "true")))) {
            assertThat(outcome.error()).isTrue();
            assertThat(json(outcome))
                    .containsEntry("status", "error")
                    .containsEntry("error_type", "SandboxError")
                    .containsKeys("error", "execution_id");
        }
    }

    @Test
    void theShellAnswersInTheSameShape(ToolSession session) throws Exception {
        ToolOutcome outcome = session.call(
                "mcp__sandbox__execute_shell", Map.of("command", "echo \"it's\"\necho \"two\" >&2; exit 4"));
        assertThat(outcome.error()).isTrue();
        assertThat(json(outcome).keySet())
                .containsExactly("status", "stdout", "stderr", "exit_code", "execution_id", "duration_ms");
        assertThat(json(outcome))
                .containsEntry("status", "error")
                .containsEntry("stdout", "it's\n")
                .containsEntry("stderr", "two\n")
                .containsEntry("exit_code", 4);
        assertThat(json(session.call("mcp__sandbox__execute_shell", Map.of("command", "sleep 98765", "timeout", 1))))
                .containsEntry("error_type", "TimeoutError");
    }

    private static ToolOutcome run(ToolSession session, String code) throws InterruptedException {
        return session.call("mcp__sandbox__execute_code", Map.of("code", code));
    }

    private static ToolOutcome run(ToolSession session, String code, String language) throws InterruptedException {
        return session.call("mcp__sandbox__execute_code", Map.of("code", code, "language", language));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> json(ToolOutcome outcome) {
        return StoredJson.decode(outcome.output(), LinkedHashMap.class);
    }
}
