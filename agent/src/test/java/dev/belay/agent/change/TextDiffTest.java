package dev.belay.agent.change;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.difflib.DiffUtils;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

    @Test
    void everyPatchLeadsFromTheOneTextToTheOther() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            List<String> before = lines(random);
            List<String> after = lines(random);

            assertThat(DiffUtils.patch(before, DiffUtils.diff(before, after, new LineDiff())))
                    .isEqualTo(after);
        }
    }

    private static List<String> lines(Random random) {
        return IntStream.range(0, random.nextInt(40))
                .mapToObj(i -> "" + random.nextInt(6))
                .toList();
    }

    @Test
    void textsThatWouldTakeForEverToCompareAreReplacedAsAWhole() {
        String up = IntStream.range(0, 200_000).mapToObj(i -> "" + i % 1000).collect(Collectors.joining("\n"));
        String down = IntStream.range(0, 200_000)
                .mapToObj(i -> "" + (i * 7919L) % 1013)
                .collect(Collectors.joining("\n"));

        assertThat(TextDiff.changed(up, down)).hasSizeGreaterThan(300_000);
    }

    @Test
    void noNameOfAFileCanForgeALineOfThePatch() {
        assertThat(TextDiff.unified("a\n+++ b/etc \"x\"", Optional.empty(), Optional.of("x\n")))
                .contains("+++ \"b/a\\012+++ b/etc \\042x\\042\"");
        assertThat(TextDiff.unified("my file", Optional.empty(), Optional.of("x\n")))
                .contains("+++ b/my file\t");
    }
}
