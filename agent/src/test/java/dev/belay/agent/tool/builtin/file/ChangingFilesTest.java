package dev.belay.agent.tool.builtin.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ToolSessions.class)
class ChangingFilesTest {
    private static final String CHANGED = "a has changed since you last read it; Read it again before you change it";

    @Test
    void aNewFileIsWrittenWithTheDirectoriesAboveIt(ToolSession session) throws Exception {
        assertThat(session.write("x/y/a.txt", "grüße\r\n\uD83D\uDE00"))
                .isEqualTo(ToolOutcome.of("Created x/y/a.txt (13 bytes)."));
        assertThat(session.content("x/y/a.txt")).isEqualTo("grüße\r\n\uD83D\uDE00");
        assertThat(session.bash("cat x/y/a.txt; stat -c %U x/y/a.txt; id -un").output())
                .startsWith("grüße");
    }

    @Test
    void whatTheAgentWroteItMayWriteAndEditAgain(ToolSession session) throws Exception {
        session.write("a", "one");
        assertThat(session.write("a", "two")).isEqualTo(ToolOutcome.of("Wrote a (3 bytes)."));
        assertThat(session.edit("a", "two", "three").error()).isFalse();
        assertThat(session.edit("a", "three", "four").error()).isFalse();
        assertThat(session.content("a")).isEqualTo("four");
    }

    @Test
    void aFileThatTheAgentHasNotReadIsLeftAlone(ToolSession session) throws Exception {
        session.put("a", "old");
        ToolOutcome refused = ToolOutcome.error("a exists and you have not read it; Read it first");
        assertThat(session.write("a", "new")).isEqualTo(refused);
        assertThat(session.edit("a", "old", "new")).isEqualTo(refused);
        assertThat(multiEdit(session, "a", edit("old", "new"))).isEqualTo(refused);
        assertThat(session.content("a")).isEqualTo("old");
        session.read("a");
        assertThat(session.edit("a", "old", "new").error()).isFalse();
        assertThat(session.content("a")).isEqualTo("new");
    }

    @Test
    void aFileChangedBehindTheAgentsBackIsLeftAlone(ToolSession session) throws Exception {
        session.write("a", "old\n");
        session.bash("echo more >> a");
        assertThat(session.edit("a", "old", "new")).isEqualTo(ToolOutcome.error(CHANGED));
        assertThat(session.write("a", "new")).isEqualTo(ToolOutcome.error(CHANGED));
        assertThat(session.content("a")).isEqualTo("old\nmore\n");
        session.read("a");
        assertThat(session.edit("a", "old", "new").error()).isFalse();
        assertThat(session.content("a")).isEqualTo("new\nmore\n");
    }

    @Test
    void aChangeThatHidesItsTimeAndSizeIsSeenToo(ToolSession session) throws Exception {
        session.write("a", "old");
        session.bash("touch -r a /tmp/time; printf bad > a; touch -r /tmp/time a");
        assertThat(session.edit("a", "old", "new")).isEqualTo(ToolOutcome.error(CHANGED));
        session.write("b", "old");
        session.bash("printf bad > b2; touch -r b b2; mv b2 b");
        assertThat(session.write("b", "new").error()).isTrue();
        assertThat(session.content("b")).isEqualTo("bad");
    }

    @Test
    void aFileIsTheSameUnderEachOfItsNames(ToolSession session) throws Exception {
        session.put("a", "old");
        session.bash("ln -s a link");
        session.read("link");
        assertThat(session.edit("/workspace/a", "old", "new").error()).isFalse();
        assertThat(session.edit("link", "new", "newer").output()).startsWith("Changed 1 place in a, which now reads:");
        assertThat(session.bash("readlink link; cat a").output()).isEqualTo("a\nnewer");
    }

    @Test
    void aLinkThatLeadsOutIsRefused(ToolSession session) throws Exception {
        session.bash("ln -s /etc out; ln -s /etc/nothing dangling");
        for (String path : List.of("out/a", "dangling", "/etc/a", "../a")) {
            assertThat(session.write(path, "x")).as(path).matches(ToolOutcome::error);
            assertThat(session.edit(path, "x", "y")).as(path).matches(ToolOutcome::error);
        }
        assertThat(session.write("/tmp/a", "x")).isEqualTo(ToolOutcome.of("Created /tmp/a (1 bytes)."));
    }

    @Test
    void anEditShowsWhatTheFileReadsNow(ToolSession session) throws Exception {
        session.write("a", "one\ntwo\nthree\n");
        assertThat(session.edit("a", "two", "2\n2b"))
                .isEqualTo(ToolOutcome.of(
                        "Changed 1 place in a, which now reads:\n     1\tone\n     2\t2\n     3\t2b\n     4\tthree"));
        assertThat(session.call(
                        "Edit", Map.of("file_path", "a", "old_string", "2", "new_string", "zwei", "replace_all", true)))
                .isEqualTo(
                        ToolOutcome.of(
                                "Changed 2 places in a, which now reads:\n     1\tone\n     2\tzwei\n     3\tzweib\n     4\tthree"));
    }

    @Test
    void anEditThatCannotBeMadeSaysWhyAndChangesNothing(ToolSession session) throws Exception {
        session.write("a", "x = 1\ny = 2\nx = 1\n");
        assertThat(session.edit("a", "x = 1", "x = 3").output())
                .startsWith("a was not changed: old_string occurs 2 times (at lines 1, 3)");
        assertThat(session.edit("a", "y  = 2", "y = 3").output())
                .startsWith("a was not changed: old_string is not in the file.");
        assertThat(session.edit("a", "y = 2", "y = 2").output()).endsWith("old_string and new_string are the same");
        assertThat(session.edit("nothing", "y", "z").output()).contains("nothing");
        assertThat(session.content("a")).isEqualTo("x = 1\ny = 2\nx = 1\n");
    }

    @Test
    void severalEditsAreMadeTogetherOrNotAtAll(ToolSession session) throws Exception {
        session.write("a", "one two three");
        assertThat(multiEdit(session, "a", edit("one", "1"), edit("two", "2"), edit("four", "4"))
                        .output())
                .startsWith("a was not changed: edit 3 of 3: old_string is not in the file");
        assertThat(session.content("a")).isEqualTo("one two three");
        assertThat(multiEdit(session, "a", edit("one", "1"), edit("1 two", "2")).output())
                .startsWith("Changed 2 places in a");
        assertThat(session.content("a")).isEqualTo("2 three");
    }

    @Test
    void windowsLineEndsAndTheModeStay(ToolSession session) throws Exception {
        session.put("run.sh", "#!/bin/sh\r\necho one\r\necho two\r\n");
        session.bash("chmod 755 run.sh");
        session.read("run.sh");
        assertThat(session.edit("run.sh", "echo one\necho two", "echo 1\necho 2\necho 3")
                        .error())
                .isFalse();
        assertThat(session.content("run.sh")).isEqualTo("#!/bin/sh\r\necho 1\r\necho 2\r\necho 3\r\n");
        assertThat(session.bash("stat -c %a run.sh").output()).isEqualTo("755\n");
    }

    @Test
    void halfACharacterIsRefused(ToolSession session) throws Exception {
        assertThat(session.write("a", "x\ud800y").output()).contains("half of a surrogate pair");
    }

    @Test
    void aDirectoryIsNoFile(ToolSession session) throws Exception {
        session.bash("mkdir d; touch f");
        assertThat(session.write("d", "x")).matches(ToolOutcome::error);
        assertThat(session.write("f/x", "x")).matches(ToolOutcome::error);
    }

    private static ToolOutcome multiEdit(ToolSession session, String path, Map<?, ?>... edits)
            throws InterruptedException {
        return session.call("MultiEdit", Map.of("file_path", path, "edits", List.of(edits)));
    }

    private static Map<String, String> edit(String oldText, String newText) {
        return Map.of("old_string", oldText, "new_string", newText);
    }
}
