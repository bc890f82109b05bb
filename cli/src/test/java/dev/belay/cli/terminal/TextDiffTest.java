package dev.belay.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class TextDiffTest {
    @Test
    void aChangedTextIsAUnifiedDiff() {
        assertThat(TextDiff.unified("a.txt", Optional.of("1\n2\n3\n4\n5\n6\n"), Optional.of("1\n2\n3\n4\nfive\n6\n")))
                .containsExactly(
                        "--- a/a.txt", "+++ b/a.txt", "@@ -2,5 +2,5 @@", " 2", " 3", " 4", "-5", "+five", " 6");
    }

    @Test
    void newAndDeletedFilesAreComparedWithNothing() {
        assertThat(TextDiff.unified("a", Optional.empty(), Optional.of("x\n")))
                .startsWith("--- /dev/null", "+++ b/a")
                .endsWith("+x");
        assertThat(TextDiff.unified("a", Optional.of("x\n"), Optional.empty()))
                .startsWith("--- a/a", "+++ /dev/null")
                .endsWith("-x");
    }

    @Test
    void aMissingLineBreakAtTheEndIsToldAsInAPatch() {
        assertThat(String.join("\n", TextDiff.unified("a", Optional.of("x\n"), Optional.of("x"))))
                .endsWith("-x\n+x\n\\ No newline at end of file");
    }

    @Test
    void theSameTextHasNoDiff() {
        assertThat(TextDiff.unified("a", Optional.of("x"), Optional.of("x"))).isEmpty();
    }

    @Test
    void aReplacementShowsOnlyTheLinesThatDiffer() {
        assertThat(TextDiff.changed("keep\nold\nkeep too", "keep\nnew\nkeep too"))
                .containsExactly("- old", "+ new");
    }
}
