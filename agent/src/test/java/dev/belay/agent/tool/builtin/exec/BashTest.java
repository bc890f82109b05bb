package dev.belay.agent.tool.builtin.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ToolSessions.class)
class BashTest {
    private static final String COUNT_SLEEPERS =
            "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done 2>/dev/null | grep -c '^sleep [9]8765'";

    @Test
    void itPrintsWhatTheCommandPrinted(ToolSession session) throws Exception {
        assertThat(session.bash("echo hello; pwd; echo \"it's \\\"quoted\\\"\""))
                .isEqualTo(ToolOutcome.of("hello\n/workspace\nit's \"quoted\"\n"));
        assertThat(session.bash("true")).isEqualTo(ToolOutcome.of("(no output)"));
        assertThat(session.bash("[[ $BASH_VERSION ]] && echo bash").output()).isEqualTo("bash\n");
    }

    @Test
    void errorsComeAfterTheOutputUnderAMarker(ToolSession session) throws Exception {
        assertThat(session.bash("echo bad >&2; printf good; exit 3"))
                .isEqualTo(ToolOutcome.error("good\n[stderr]\nbad\nexit code 3"));
        assertThat(session.bash("echo note >&2")).isEqualTo(ToolOutcome.of("[stderr]\nnote\n"));
        assertThat(session.bash("no_such_command"))
                .matches(ToolOutcome::error)
                .extracting(ToolOutcome::output)
                .asString()
                .contains("no_such_command: command not found")
                .endsWith("exit code 127");
    }

    @Test
    void nothingButFilesIsKeptFromCallToCall(ToolSession session) throws Exception {
        session.bash("cd /tmp; x=1; echo data > /workspace/kept");
        assertThat(session.bash("pwd; echo ${x-unset}; cat kept").output()).isEqualTo("/workspace\nunset\ndata\n");
    }

    @Test
    void aCommandOfManyLinesAndMegabytesRuns(ToolSession session) throws Exception {
        String text = "ab'\"$\\é\n".repeat(100_000);
        ToolOutcome outcome = session.bash("set -e\ncat > big <<'END_OF_TEXT'\n" + text + "END_OF_TEXT\nwc -l < big");
        assertThat(outcome).isEqualTo(ToolOutcome.of("100000\n"));
        assertThat(session.content("big")).isEqualTo(text);
        assertThat(session.bash("ls -A /tmp").output()).doesNotContain(".call-");
    }

    @Test
    void aCommandOutOfTimeIsKilledAndSaysSo(ToolSession session) throws Exception {
        ToolOutcome outcome =
                session.call("Bash", Map.of("command", "echo started; sleep 98765 & sleep 98765", "timeout", 300));
        assertThat(outcome.error()).isTrue();
        assertThat(outcome.output()).startsWith("started\n[Timed out. It did not end within 300 ms.");
        assertThat(session.bash(COUNT_SLEEPERS).output()).startsWith("0\n");
    }

    @Test
    void aCommandThatIsKilledSaysBySignal(ToolSession session) throws Exception {
        ToolOutcome outcome = session.bash("kill -SEGV $$");
        assertThat(outcome).isEqualTo(ToolOutcome.error("[Killed by signal 11 (SIGSEGV).]"));
    }

    @Test
    void aFileThatGrowsTooLargeSaysSo(ToolSession session) throws Exception {
        ToolOutcome outcome = session.bash("head -c 100M /dev/zero > big");
        assertThat(outcome.error()).isTrue();
        assertThat(outcome.output()).contains("Killed for writing too large a file.");
    }

    @Test
    void ofAGigabyteOfOutputTheBeginningAndTheEndAreShown(ToolSession session) throws Exception {
        ToolOutcome outcome = session.bash("echo first; yes | head -c 1000000000; echo last");
        assertThat(outcome.error()).isFalse();
        assertThat(outcome.output())
                .hasSizeLessThan(30_100)
                .startsWith("first\ny\n")
                .endsWith("y\nlast\n")
                .contains("\n[... " + outcome.truncatedBytes() + " bytes cut ...]\n");
        assertThat(outcome.truncatedBytes()).isEqualTo(1_000_000_011L - 30_000);
    }

    @Test
    void neitherStreamCrowdsOutTheOther(ToolSession session) throws Exception {
        ToolOutcome outcome = session.bash("yes é | head -c 90000; echo; yes 漢 | head -c 90000 >&2");
        assertThat(outcome.output())
                .hasSizeBetween(29_000, 30_200)
                .contains("[stderr]\n漢\n")
                .doesNotContain("\ufffd");
        ToolOutcome little = session.bash("yes | head -c 90000; echo problem >&2");
        assertThat(little.output()).endsWith("[stderr]\nproblem\n").hasSizeGreaterThan(29_900);
    }

    @Test
    void outputThatIsNotUnicodeIsShownAsFarAsItIs(ToolSession session) throws Exception {
        assertThat(session.bash("printf 'a\\377b'").output()).isEqualTo("a\ufffdb");
    }

    @Test
    void aCommandWithANulIsRefused(ToolSession session) throws Exception {
        assertThat(session.bash("echo \0").output()).contains("NUL character");
    }

    @Test
    void anInterruptLeavesNoProcess(ToolSession session) throws Exception {
        CompletableFuture<Object> ended = new CompletableFuture<>();
        Thread turn = Thread.ofVirtual().start(() -> {
            try {
                ended.complete(session.bash("trap '' TERM; (sleep 98765 & sleep 98765) & touch started; sleep 98765"));
            } catch (InterruptedException e) {
                ended.complete(e);
            }
        });
        await().until(() ->
                session.bash("ls started; " + COUNT_SLEEPERS).output().startsWith("started\n3"));
        turn.interrupt();
        assertThat(ended.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(session.bash(COUNT_SLEEPERS).output()).startsWith("0\n");
    }

    private static final Pattern BASH_ID = Pattern.compile("bash_id (\\S+)\\.");

    private static String inBackground(ToolSession session, String command) throws Exception {
        ToolOutcome started = session.call("Bash", Map.of("command", command, "run_in_background", true));
        Matcher id = BASH_ID.matcher(started.output());
        assertThat(id.find()).as(started.output()).isTrue();
        return id.group(1);
    }

    private static ToolOutcome outputOf(ToolSession session, String id, long wait) throws Exception {
        return session.call("BashOutput", Map.of("bash_id", id, "wait", wait));
    }

    @Test
    void aCommandInTheBackgroundIsReadAsItGoesOn(ToolSession session) throws Exception {
        String id = inBackground(
                session, "echo one; echo bad >&2; while [ ! -e go ]; do sleep 0.02; done; echo two; exit 3");
        await().until(() -> session.bash("cat /proc/[0-9]*/comm").output().contains("sleep"));
        assertThat(outputOf(session, id, 0).output()).isEqualTo("one\n[stderr]\nbad\n[still running]");
        assertThat(outputOf(session, id, 0).output()).isEqualTo("[still running]");
        session.bash("touch go");
        assertThat(outputOf(session, id, 20_000).output()).isEqualTo("two\n[exit code 3]");
        assertThat(outputOf(session, id, 0).output()).isEqualTo("[exit code 3]");
        assertThat(session.call("KillShell", Map.of("shell_id", id)).output()).isEqualTo("It had already ended.");
    }

    @Test
    void aCommandInTheBackgroundIsKilledWithAllThatItStarted(ToolSession session) throws Exception {
        String id = inBackground(session, "(setsid sleep 98765 &); sleep 98765");
        await().until(() -> session.bash(COUNT_SLEEPERS).output().startsWith("2"));
        assertThat(session.call("KillShell", Map.of("shell_id", id))).isEqualTo(ToolOutcome.of("Killed."));
        assertThat(session.bash(COUNT_SLEEPERS).output()).startsWith("0\n");
        assertThat(outputOf(session, id, 0).output()).isEqualTo("[Cancelled.]");
    }

    @Test
    void muchOutputOfTheBackgroundComesInParts(ToolSession session) throws Exception {
        String id = inBackground(session, "seq 1 10000");
        String first = outputOf(session, id, 20_000).output();
        assertThat(first).startsWith("1\n2\n").hasSizeBetween(15_000, 15_100);
        String all = first.replaceFirst("\n?\\[exit code 0]$", "");
        for (int i = 0; i < 3; i++) {
            all += outputOf(session, id, 0).output().replaceFirst("\n?\\[exit code 0]$", "");
        }
        assertThat(all.replace("\n", "")).endsWith("999910000").hasSize(38_894);
    }

    @Test
    void whatIsNotInTheBackgroundIsNamed(ToolSession session) throws Exception {
        assertThat(outputOf(session, "nothing", 0))
                .isEqualTo(ToolOutcome.error("There is no command in the background with bash_id nothing; none runs."));
        String id = inBackground(session, "sleep 98765");
        assertThat(session.call("KillShell", Map.of("shell_id", "nothing")).output())
                .contains("those that run: " + id);
        assertThat(session.call("Bash", Map.of("command", "true", "run_in_background", true, "timeout", 5))
                        .output())
                .contains("has no timeout");
    }
}
