package dev.belay.agent.permission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rule may allow is one program with its arguments; what a rule refuses is found wherever a shell would find it. */
class ShellCommandTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "git status",
                "  git status\n",
                "git log --format='%h %s' -- 'a file'",
                "git commit -m \"two words; and | no && more\"",
                "git commit -m 'line one\nline two'",
                "git add *.java src/?.txt",
                "grep -n foo$ file",
                "echo \"costs 5$\"",
                "echo \"it's $'\"",
                "echo a\\;b \\$HOME \\`x\\`",
                "make test 2>&1",
                "make test >/dev/null 2>/dev/null </dev/null",
                "ls a#b",
                "git show HEAD~2:file",
                "echo '$(rm x)' '`rm x`'",
                "printf %s\\\\n x",
            })
    void oneProgramWithItsArgumentsStandsAlone(String command) {
        assertThat(new ShellCommand(command).alone()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " \n\t",
                "git status; rm x",
                "git status && rm x",
                "git status || rm x",
                "git status | sh",
                "git status |& sh",
                "git status & rm x",
                "git status &",
                "git status\nrm x",
                "git status\r\nrm x",
                "git status\rrm x",
                "git status \\\n; rm x",
                "git status \\\nx",
                "git status $(rm x)",
                "git status \"$(rm x)\"",
                "git status `rm x`",
                "git status \"`rm x`\"",
                "git status <(rm x)",
                "git status >(rm x)",
                "git status > .git/hooks/pre-commit",
                "git status >> ~/.bashrc",
                "git status >| f",
                "git status &> f",
                "git status &>> f",
                "git status >& f",
                "git status 2> f",
                "git status >'/dev/null'x",
                "git status >/dev/nullx",
                "git status >",
                "git status < secret",
                "git status <<EOF\nx\nEOF",
                "git status <<< x",
                "git status <> f",
                "(git status)",
                "{ git status; }",
                "! git status",
                "time git status",
                "if git status; then rm x; fi",
                "for f in a b; do rm $f; done",
                "f() { rm x; }; f",
                "[[ -f x ]]",
                "GIT_SSH_COMMAND='rm x' git fetch",
                "PATH=. git status",
                "A+=b git status",
                "A[0]=b git status",
                "$GIT status",
                "\"$GIT\" status",
                "git status $X",
                "git status ${X}",
                "git status \"${X:=$(rm x)}\"",
                "git status $((1+$(rm x)))",
                "git status $[1]",
                "git status $'x'",
                "git status $\"x\"",
                "git status $@",
                "git status $?",
                "/bin/r? x",
                "{git,rm} status",
                "git status # comment",
                "# comment\ngit status",
                "git status 'unfinished",
                "git status \"unfinished",
                "git status `unfinished",
                "git status $(unfinished",
                "git status x\\",
                "git\u00a0status",
                "git status\u2028rm x",
                "git status \u200brm",
                "git status\u0000rm x",
                "git status \u001b[2K",
                "'' x",
                ")",
                "case x in y) rm x;; esac",
                "coproc rm x",
            })
    void whatIsMoreOrNotUnderstoodDoesNot(String command) {
        assertThat(new ShellCommand(command).alone()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rm -rf x",
                "cd a && rm -rf x",
                "cd a; rm -rf x",
                "ls | rm -rf x",
                "ls & rm -rf x",
                "ls\nrm -rf x",
                "r\\\nm -rf x",
                "\\rm -rf x",
                "r'm' -rf x",
                "\"rm\" -rf x",
                "'r'\"m\" \"-rf\" x",
                "/bin/rm -rf x",
                "./../bin/rm -rf x",
                "rm   -rf\tx",
                "> out rm -rf x",
                "rm -rf x > out",
                "rm > out -rf x",
                "2>&1 rm -rf x",
                "rm &> out -rf x",
                "A=b rm -rf x",
                "A=b C='d e' rm -rf x",
                "echo $(rm -rf x)",
                "echo \"$(rm -rf x)\"",
                "echo \"a $(echo \"b $(rm -rf x)\")\"",
                "echo `rm -rf x`",
                "echo \"`rm -rf x`\"",
                "echo `echo \\`rm -rf x\\``",
                "A=$(rm -rf x)",
                "echo ${A:-$(rm -rf x)}",
                "echo $((1 + $(rm -rf x)))",
                "cat <(rm -rf x)",
                "ls > >(rm -rf x)",
                "(rm -rf x)",
                "( cd a; ( rm -rf x ) )",
                "{ rm -rf x; }",
                "! rm -rf x",
                "time rm -rf x",
                "if rm -rf x; then :; fi",
                "if true; then rm -rf x; fi",
                "while ! rm -rf x; do :; done",
                "for f in 1; do rm -rf x; done",
                "for f in 1\ndo\nrm -rf x\ndone",
                "case a in a) rm -rf x;; esac",
                "f() { rm -rf x; }; f",
                "f() ( rm -rf x ); f",
                "function f { rm -rf x; }; f",
                "sudo rm -rf x",
                "sudo -u me rm -rf x",
                "env -i A=b rm -rf x",
                "nohup nice -n 5 timeout 3 rm -rf x",
                "command rm -rf x",
                "exec rm -rf x",
                "bash -c 'rm -rf x'",
                "bash -c \"cd a; rm -rf x\"",
                "/bin/sh -ec 'true && rm -rf x'",
                "bash -c 'bash -c \"rm -rf x\"'",
                "eval 'rm -rf x'",
                "eval rm -rf x",
                "echo rm -rf x | sh",
                "echo 'rm -rf x' | bash",
                "bash <<< 'rm -rf x'",
                "bash <<EOF\nrm -rf x\nEOF",
                "bash <<'EOF'\nrm -rf x\nEOF",
                "cat <<EOF | sh\nrm -rf x\nEOF",
                "cat <<-EOF\n\tdon't $(rm -rf x)\n\tEOF",
                "cat <<A; rm -rf x\na\nA",
                "cat <<A\nit's\nA\nrm -rf x",
                "find . -name y -exec rm -rf x \\;",
                "find . -exec sh -c 'rm -rf x' \\;",
                "find . -exec $RM -rf x \\;",
                "find . | xargs rm -rf x",
                "busybox rm -rf x",
                "trap 'rm -rf x' EXIT",
                "# comment '\nrm -rf x",
                "ls # a comment\nrm -rf x",
                "echo a#b; rm -rf x",
                "$(echo) rm -rf x",
                "$RM -rf x",
                "\"$A\"$B -rf x",
                "$'\\x72m' -rf x",
                "r{m,} -rf x",
                "/bin/r? -rf x",
                "sudo $RM -rf x",
                "bash -c \"$script\"",
                "echo 'unfinished",
            })
    void aRuleThatRefusesFindsItsCommandWhereverItIs(String command) {
        assertThat(touches("rm -rf *", command)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ls -la",
                "git rm -rf x",
                "echo rm -rf x",
                "echo 'rm -rf x; rm -rf x'",
                "git commit -m 'rm -rf x'",
                "echo \"it is $HOME\" > out",
                "cat > script.sh <<'EOF'\nrm -rf x\nEOF",
                "cat <<EOF\nit's a \"quote\n(and a bracket\nEOF",
                "rmdir -rf x",
                "rm x",
                "ls # rm -rf x",
                "A='rm -rf x'",
                "for f in rm -rf x; do echo $f; done",
                "find \"$DIR\" -name '*.java'",
                "make 2>&1 | tee log | tail -5",
            })
    void andLeavesAloneWhatOnlyLooksLikeIt(String command) {
        assertThat(touches("rm -rf *", command)).isFalse();
    }

    private static boolean touches(String pattern, String command) {
        ShellCommand shell = new ShellCommand(command);
        return !shell.readable() || shell.parts().stream().anyMatch(new CommandPattern(pattern)::matches);
    }

    @Test
    void whatIsNestedTooDeepOrTooLongCountsAsUnreadable() {
        assertThat(new ShellCommand("echo $(".repeat(5_000) + "rm" + ")".repeat(5_000)).readable())
                .isFalse();
        assertThat(new ShellCommand("a;".repeat(600_000)).readable()).isFalse();
        assertThat(new ShellCommand("ls;".repeat(20_000)).readable()).isFalse();
        assertThat(new ShellCommand("sudo " + "a ".repeat(1_000)).readable()).isFalse();
    }

    @Test
    @Timeout(30)
    void whateverComesInIsLookedAtInTime() {
        Random random = new Random(7);
        List<String> pieces = List.of(
                "$(",
                ")",
                "`",
                "'",
                "\"",
                "\\",
                "\n",
                "<<A",
                "<<-'B'",
                "<(",
                "{",
                "}",
                "rm",
                " ",
                ";",
                "&",
                "|",
                ">",
                "#",
                "${",
                "$'",
                "bash -c ",
                "A",
                "(",
                "eval ");
        for (int i = 0; i < 3_000; i++) {
            StringBuilder command = new StringBuilder();
            random.ints(1 + random.nextInt(60), 0, pieces.size()).forEach(piece -> command.append(pieces.get(piece)));
            ShellCommand shell = new ShellCommand(command.toString());
            assertThat(shell.alone().isEmpty()
                            || shell.parts().contains(shell.alone().get()))
                    .isTrue();
        }
        for (String piece : pieces) {
            ShellCommand shell = new ShellCommand((piece + "x").repeat(200_000));
            assertThat(shell.readable() && shell.parts().isEmpty()).isFalse();
        }
    }

    @Test
    void aPatternIsTextWithStars() {
        assertThat(matching("git log *", "git log", "git log -3", "git logs", "git"))
                .containsExactly("git log", "git log -3");
        assertThat(matching("git log:*", "git log", "git log -3", "git logs")).containsExactly("git log", "git log -3");
        assertThat(matching("git log", "git log", "git log -3")).containsExactly("git log");
        assertThat(matching("npm run test*", "npm run test", "npm run test:unit", "npm run"))
                .containsExactly("npm run test", "npm run test:unit");
        assertThat(matching("* --help", "git --help", "git x --help", "--help"))
                .containsExactly("git --help", "git x --help");
        assertThat(matching("echo \\*", "echo *", "echo x")).containsExactly("echo *");
        assertThat(matching("a*b*c", "abc", "a-b-b-c", "acb", "ab\nc")).containsExactly("abc", "a-b-b-c", "ab\nc");
        assertThat(matching("a[b]?", "a[b]?", "abx")).containsExactly("a[b]?");
        assertThat(new CommandPattern("*a".repeat(50) + "b").matches("a".repeat(100_000)))
                .isFalse();
    }

    private static List<String> matching(String pattern, String... commands) {
        return List.of(commands).stream()
                .filter(new CommandPattern(pattern)::matches)
                .toList();
    }
}
