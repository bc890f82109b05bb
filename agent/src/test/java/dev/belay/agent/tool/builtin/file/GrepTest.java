package dev.belay.agent.tool.builtin.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ToolSessions.class)
class GrepTest {
    private static final String TREE = """
            mkdir -p src/x .git
            printf 'def one():\\n    pass\\n\\ndef two():\\n    return one()\\n' > src/a.py
            printf 'one = 1\\nONE = 2\\n' > src/x/b.js
            printf 'one\\n' > readme.txt
            printf 'one\\n' > .git/one
            printf 'one\\0\\n' > binary
            """;

    @Test
    void theFilesThatHaveTheTextAreListed(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(grep(session, "one")).isEqualTo("readme.txt\nsrc/a.py\nsrc/x/b.js");
        assertThat(grep(session, "^(def|ONE) ?")).isEqualTo("src/a.py\nsrc/x/b.js");
        assertThat(grep(session, "one", "path", "src/x")).isEqualTo("src/x/b.js");
        assertThat(grep(session, "one", "path", "/workspace/./readme.txt")).isEqualTo("readme.txt");
    }

    @Test
    void theLinesAreShownWithFileAndNumber(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(grep(session, "one", "output_mode", "content")).isEqualTo("""
                readme.txt:1:one
                src/a.py:1:def one():
                src/a.py:5:    return one()
                src/x/b.js:1:one = 1""");
        assertThat(grep(session, "ONE", "output_mode", "content", "-i", true, "-n", false, "glob", "*.js"))
                .isEqualTo("src/x/b.js:one = 1\nsrc/x/b.js:ONE = 2");
    }

    @Test
    void linesAroundAreShownOnRequest(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(grep(session, "return", "output_mode", "content", "-B", 1)).isEqualTo("""
                src/a.py-4-def two():
                src/a.py:5:    return one()""");
        assertThat(grep(session, "def", "output_mode", "content", "-A", 1)).isEqualTo("""
                src/a.py:1:def one():
                src/a.py-2-    pass
                --
                src/a.py:4:def two():
                src/a.py-5-    return one()""");
        assertThat(grep(session, "pass|ONE", "output_mode", "content", "-C", 1)).isEqualTo("""
                src/a.py-1-def one():
                src/a.py:2:    pass
                src/a.py-3-
                --
                src/x/b.js-1-one = 1
                src/x/b.js:2:ONE = 2""");
    }

    @Test
    void matchesAreCounted(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(grep(session, "one", "output_mode", "count")).isEqualTo("readme.txt:1\nsrc/a.py:2\nsrc/x/b.js:1");
    }

    @Test
    void aGlobPicksFilesByNameOrByPath(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(grep(session, "one", "glob", "*.{py,txt}")).isEqualTo("readme.txt\nsrc/a.py");
        assertThat(grep(session, "one", "glob", "src/**/*.js")).isEqualTo("src/x/b.js");
        assertThat(grep(session, "one", "glob", "src/*.js")).isEqualTo("No matches.");
        assertThat(grep(session, "one", "glob", "x/*.js", "path", "src")).isEqualTo("src/x/b.js");
        assertThat(grep(session, "one", "glob", "**")).isEqualTo("readme.txt\nsrc/a.py\nsrc/x/b.js");
        assertThat(grep(session, "one", "glob", "{a,b}".repeat(20))).startsWith("glob: the braces stand for more than");
    }

    @Test
    void noMatchIsNoError(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(session.call("Grep", Map.of("pattern", "nowhere"))).isEqualTo(ToolOutcome.of("No matches."));
    }

    @Test
    void aBadPatternAndAMissingPathAreToldInGrepsWords(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(session.call("Grep", Map.of("pattern", "a(b")))
                .isEqualTo(ToolOutcome.error("grep: Unmatched ( or \\("));
        assertThat(session.call("Grep", Map.of("pattern", "a", "path", "nowhere")))
                .isEqualTo(ToolOutcome.error("grep: /workspace/nowhere: No such file or directory"));
        assertThat(session.call("Grep", Map.of("pattern", "a\0b")).output()).contains("NUL");
    }

    @Test
    void whatCannotBeReadIsSaidBesideTheRest(ToolSession session) throws Exception {
        session.bash("echo one > a; echo one > b; chmod 000 b");
        assertThat(session.call("Grep", Map.of("pattern", "one")))
                .isEqualTo(
                        ToolOutcome.of("a\n[not everything could be searched: grep: /workspace/b: Permission denied]"));
    }

    @Test
    void nothingInAPatternAPathOrANameIsTakenForAnOption(ToolSession session) throws Exception {
        session.bash(
                "mkdir ./-r; echo '--version $(id) `id`' > './-r/a:1:b'; echo x > '-'; printf 'one\\n' > 'new\nline'");
        assertThat(grep(session, "--version")).isEqualTo("-r/a:1:b");
        assertThat(grep(session, "\\$\\(id\\)", "path", "-r", "output_mode", "content"))
                .isEqualTo("-r/a:1:b:1:--version $(id) `id`");
        assertThat(grep(session, "x", "path", "-")).isEqualTo("-");
        assertThat(grep(session, "one", "output_mode", "content")).isEqualTo("new\nline:1:one");
    }

    @Test
    void theHeadLimitSaysHowMuchIsLeft(ToolSession session) throws Exception {
        session.bash("seq 100 > a");
        assertThat(grep(session, "1", "output_mode", "content", "head_limit", 2))
                .isEqualTo("a:1:1\na:10:10\n[18 more lines]");
    }

    @Test
    void tooMuchOutputIsCut(ToolSession session) throws Exception {
        session.bash("seq 1000000 > a; echo 'last 7' > b");
        ToolOutcome outcome = session.call("Grep", Map.of("pattern", "7", "output_mode", "content"));
        assertThat(outcome.output())
                .hasSizeBetween(29_000, 30_200)
                .startsWith("a:7:7\na:17:17\n")
                .endsWith("\n[more than can be shown matches: narrow the pattern, the path or the glob]");
        assertThat(outcome.truncatedBytes()).isGreaterThan(5_000_000);
        ToolOutcome less = session.call("Grep", Map.of("pattern", "77", "output_mode", "content"));
        assertThat(less.output()).hasSizeBetween(29_000, 30_200).matches("(?s).*\n\\[\\d+ more lines]");
        assertThat(less.truncatedBytes()).isPositive();
    }

    @Test
    void aLongLineIsCut(ToolSession session) throws Exception {
        session.put("a", "needle " + "x".repeat(10_000));
        assertThat(grep(session, "needle", "output_mode", "content"))
                .startsWith("a:1:needle xxx")
                .endsWith("x [... 9509 more characters]");
    }

    @Test
    void aLineOfManyMegabytesIsNotShownButNotDeniedEither(ToolSession session) throws Exception {
        session.bash("(printf 'needle '; head -c 10M /dev/zero | tr '\\0' x) > a");
        assertThat(grep(session, "needle", "output_mode", "content"))
                .isEqualTo("[more than can be shown matches: narrow the pattern, the path or the glob]");
    }

    private static String grep(ToolSession session, String pattern, Object... options) throws InterruptedException {
        Map<String, Object> arguments = new HashMap<>(Map.of("pattern", pattern));
        for (int i = 0; i < options.length; i += 2) {
            arguments.put((String) options[i], options[i + 1]);
        }
        return session.call("Grep", arguments).output();
    }
}
