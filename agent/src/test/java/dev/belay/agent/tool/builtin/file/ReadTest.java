package dev.belay.agent.tool.builtin.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import dev.belay.agent.tool.media.MediaFiles;
import dev.belay.api.event.Attachment;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ToolSessions.class)
class ReadTest {
    @Test
    void linesComeWithTheirNumbers(ToolSession session) throws Exception {
        session.put("dir/a.txt", "one\n\n  three\twith tab\nlast without end");
        String shown = "     1\tone\n     2\t\n     3\t  three\twith tab\n     4\tlast without end";
        assertThat(session.read("dir/a.txt")).isEqualTo(ToolOutcome.of(shown));
        assertThat(session.read("/workspace/dir/./a.txt")).isEqualTo(ToolOutcome.of(shown));
    }

    @Test
    void unicodeAndWindowsLineEndsAreShownAsText(ToolSession session) throws Exception {
        session.put("a", "grüße 漢字 \uD83D\uDE00\r\nzwei\r\n");
        assertThat(session.read("a").output()).isEqualTo("     1\tgrüße 漢字 \uD83D\uDE00\n     2\tzwei");
    }

    @Test
    void aLongFileIsShownInParts(ToolSession session) throws Exception {
        session.put("a", lines(4500));
        assertThat(session.read("a").output())
                .startsWith("     1\tline 1\n")
                .endsWith("  2000\tline 2000\n[the file has 4500 lines; go on with offset 2001]");
        assertThat(session.call("Read", Map.of("file_path", "a", "offset", 4499, "limit", 10))
                        .output())
                .isEqualTo("  4499\tline 4499\n  4500\tline 4500");
        assertThat(session.call("Read", Map.of("file_path", "a", "offset", 3, "limit", 1))
                        .output())
                .isEqualTo("     3\tline 3\n[the file has 4500 lines; go on with offset 4]");
        assertThat(session.call("Read", Map.of("file_path", "a", "offset", 4501)))
                .isEqualTo(ToolOutcome.error("a has 4500 lines; there is no line 4501"));
    }

    @Test
    void aFileOfLongLinesIsCutInBothDirections(ToolSession session) throws Exception {
        session.put("a", ("é".repeat(3000) + "\n").repeat(1000));
        ToolOutcome outcome = session.read("a");
        assertThat(outcome.output())
                .hasSizeLessThan(101_000)
                .contains("é [... 1000 more characters]\n")
                .endsWith("[the file has 1000 lines; go on with offset 50]");
        assertThat(outcome.truncatedBytes()).isEqualTo(49 * 1000 * 2);
    }

    @Test
    void anEmptyFileSaysSo(ToolSession session) throws Exception {
        session.put("a", "");
        assertThat(session.read("a")).isEqualTo(ToolOutcome.of("(the file is empty)"));
    }

    @Test
    void aBinaryFileIsRefused(ToolSession session) throws Exception {
        session.put("a", new byte[] {'E', 'L', 'F', 0, 1, 2});
        assertThat(session.read("a"))
                .isEqualTo(ToolOutcome.error(
                        "a is a binary file of 6 bytes; look at it with Bash, for example with file, strings or xxd"));
    }

    @Test
    void anImageIsShownAsItIsWhateverItsName(ToolSession session) throws Exception {
        byte[] image = MediaFiles.image("png", 300, 200);
        session.put("dir/shot.txt", image);

        ToolOutcome outcome = session.read("dir/shot.txt");

        assertThat(outcome.output()).isEqualTo("dir/shot.txt: image/png, 300 x 200 pixels, " + image.length + " bytes");
        assertThat(outcome.attachments())
                .containsExactly(new Attachment(
                        "shot.txt", "image/png", Base64.getEncoder().encodeToString(image), 200));
    }

    @Test
    void aFileThatOnlyItsNameCallsAnImageIsNone(ToolSession session) throws Exception {
        session.put("a.png", "text");
        assertThat(session.read("a.png")).isEqualTo(ToolOutcome.of("     1\ttext"));
    }

    @Test
    void whatNoProviderWouldTakeIsRefusedWithTheReason(ToolSession session) throws Exception {
        byte[] image = MediaFiles.image("png", 30, 20);
        session.put("cut.png", Arrays.copyOf(image, image.length - 12));
        session.put("large.png", Arrays.copyOf(image, 3_000_001));
        session.put("locked.pdf", MediaFiles.document("/Encrypt 5 0 R", 1));
        session.put("long.pdf", MediaFiles.document("", 101));
        assertThat(session.read("cut.png").output()).endsWith("cannot be shown: it is damaged or ends in the middle");
        assertThat(session.read("large.png").output()).contains("at most 3000000 bytes");
        assertThat(session.read("locked.pdf").output()).endsWith("cannot be shown: it is encrypted");
        assertThat(session.read("long.pdf").output()).contains("101 pages").contains("at most 100 pages");
        assertThat(session.read("long.pdf").attachments()).isEmpty();
    }

    @Test
    void aSessionShowsSoManyFilesAndNoMore(ToolSession session) throws Exception {
        session.put("a.pdf", MediaFiles.document("", 3));
        for (int i = 0; i < 20; i++) {
            assertThat(session.read("a.pdf").attachments()).hasSize(1);
        }
        assertThat(session.read("a.pdf"))
                .matches(ToolOutcome::error)
                .extracting(ToolOutcome::output)
                .asString()
                .contains("at most 20");
    }

    @Test
    void aFileThatIsNotUtf8IsShownAsFarAsItIs(ToolSession session) throws Exception {
        session.put("a", new byte[] {'f', (byte) 0xfc, 'r', '\n'});
        assertThat(session.read("a").output()).startsWith("     1\tf\ufffdr\n[the file is not UTF-8");
        assertThat(session.edit("a", "r", "x").output()).isEqualTo("a is not UTF-8 text; change it with Bash");
    }

    @Test
    void aFileOfMoreThanTenMebibytesIsRefused(ToolSession session) throws Exception {
        session.bash("head -c 10485761 /dev/zero | tr '\\0' a > a");
        assertThat(session.read("a"))
                .isEqualTo(ToolOutcome.error(
                        "a holds more than 10 MiB; look at parts of it with Grep or with Bash (head, tail, sed -n)"));
    }

    @Test
    void whatIsNotAFileIsRefused(ToolSession session) throws Exception {
        session.bash("mkdir d; mkfifo pipe");
        assertThat(session.read("d")).matches(ToolOutcome::error);
        assertThat(session.read("pipe")).matches(ToolOutcome::error);
        assertThat(session.read("nothing"))
                .matches(ToolOutcome::error)
                .extracting(ToolOutcome::output)
                .asString()
                .contains("nothing");
    }

    @Test
    void aLinkThatLeadsOutIsRefusedAndOneThatStaysWorks(ToolSession session) throws Exception {
        session.bash("ln -s /etc/passwd out; ln -s /usr outdir; ln -s ../../../etc/passwd up; echo in > a; ln -s a in");
        for (String path : new String[] {"out", "outdir/bin/env", "up", "/etc/passwd", "../etc/passwd"}) {
            assertThat(session.read(path))
                    .as(path)
                    .isEqualTo(ToolOutcome.error(
                            path + " is not beneath /workspace or /tmp; Bash can look at what lies elsewhere"));
        }
        assertThat(session.read("in").output()).isEqualTo("     1\tin");
    }

    @Test
    void manyReadsRunAtOnce(ToolSession session) throws Exception {
        for (int i = 0; i < 24; i++) {
            session.put("f" + i, "file " + i);
        }
        Map<Integer, String> shown = new ConcurrentHashMap<>();
        var threads = IntStream.range(0, 24)
                .mapToObj(i -> Thread.ofVirtual().start(() -> {
                    try {
                        shown.put(i, session.read("f" + i).output());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(shown).hasSize(24).allSatisfy((i, text) -> assertThat(text).isEqualTo("     1\tfile " + i));
    }

    private static String lines(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= count; i++) {
            text.append("line ").append(i).append('\n');
        }
        return text.toString();
    }
}
