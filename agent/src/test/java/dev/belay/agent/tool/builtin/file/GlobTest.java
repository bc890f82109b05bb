package dev.belay.agent.tool.builtin.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ToolSessions.class)
class GlobTest {
    private static final String TREE = """
            mkdir -p src/main/java/x src/test .git/objects sub/.git
            touch -d @100 src/main/java/A.java
            touch -d @300 src/main/java/x/B.java
            touch -d @200 src/test/ATest.java
            touch -d @400 README.md .hidden.java
            touch .git/config.java sub/.git/x.java
            """;

    @Test
    void theLastChangedFilesComeFirst(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(glob(session, "**/*.java"))
                .isEqualTo(".hidden.java\nsrc/main/java/x/B.java\nsrc/test/ATest.java\nsrc/main/java/A.java");
        assertThat(glob(session, "src/{main,test}/**/A*.java")).isEqualTo("src/test/ATest.java\nsrc/main/java/A.java");
        assertThat(glob(session, "*.md")).isEqualTo("README.md");
        assertThat(glob(session, "./src/test/*")).isEqualTo("src/test/ATest.java");
        assertThat(glob(session, "/workspace/src/test/*")).isEqualTo("src/test/ATest.java");
        assertThat(session.call("Glob", Map.of("pattern", "*/*.java", "path", "src/main"))
                        .output())
                .isEqualTo("src/main/java/A.java");
    }

    @Test
    void whatIsNotThereIsNotFound(ToolSession session) throws Exception {
        session.bash(TREE);
        assertThat(session.call("Glob", Map.of("pattern", "*.py"))).isEqualTo(ToolOutcome.of("No files match."));
        assertThat(glob(session, "nowhere/**/*.py")).isEqualTo("No files match.");
        assertThat(glob(session, "src")).isEqualTo("No files match.");
        assertThat(session.call("Glob", Map.of("pattern", "*", "path", "nowhere")))
                .matches(ToolOutcome::error);
        assertThat(session.call("Glob", Map.of("pattern", "*", "path", "README.md")))
                .matches(ToolOutcome::error);
    }

    @Test
    void linksAreListedAndNotFollowed(ToolSession session) throws Exception {
        session.bash("mkdir d; touch d/a; ln -s d l; ln -s /etc out");
        assertThat(glob(session, "**/*").lines()).containsExactlyInAnyOrder("d/a", "l", "out");
        assertThat(glob(session, "l/*")).isEqualTo("d/a");
        assertThat(session.call("Glob", Map.of("pattern", "*", "path", "out"))).matches(ToolOutcome::error);
        assertThat(session.call("Glob", Map.of("pattern", "/etc/*"))).matches(ToolOutcome::error);
    }

    @Test
    void moreThanAThousandAreCut(ToolSession session) throws Exception {
        session.bash("mkdir d; cd d; touch -d @1000 $(seq 1500); touch -d @2000 newest");
        assertThat(glob(session, "d/*").lines())
                .hasSize(1001)
                .startsWith("d/newest")
                .endsWith("[the last changed 1000 of 1501; use a narrower pattern]");
    }

    @Test
    void aPatternOfTooManyAlternativesIsRefused(ToolSession session) throws Exception {
        assertThat(session.call("Glob", Map.of("pattern", "{a,b}".repeat(20))))
                .isEqualTo(ToolOutcome.error("pattern: the braces stand for more than 256 patterns"));
    }

    private static String glob(ToolSession session, String pattern) throws InterruptedException {
        return session.call("Glob", Map.of("pattern", pattern)).output();
    }
}
