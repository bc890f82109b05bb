package dev.belay.agent.tool.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.tool.text.TextEdit.Outcome;
import dev.belay.agent.tool.text.TextEdit.Outcome.Edited;
import dev.belay.agent.tool.text.TextEdit.Outcome.Refused;
import dev.belay.agent.tool.text.TextEdit.Replacement;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TextEditTest {
    private static final int MANY = 10 << 20;

    @Test
    void theOneOccurrenceIsReplaced() {
        assertThat(edited("one\ntwo\nthree\n", once("two", "2"))).isEqualTo("one\n2\nthree\n");
    }

    @Test
    void everyOccurrenceIsReplacedWhenAllAreMeant() {
        Outcome outcome = TextEdit.apply("aXaXa", List.of(new Replacement("a", "bb", true)), MANY);
        assertThat(outcome).isInstanceOfSatisfying(Edited.class, edited -> {
            assertThat(edited.text()).isEqualTo("bbXbbXbb");
            assertThat(edited.count()).isEqualTo(3);
        });
    }

    @Test
    void severalOccurrencesAreRefusedWithTheirLines() {
        assertThat(refused("x = 1\ny = 2\nx = 1\n", once("x = 1", "x = 3")))
                .isEqualTo(
                        "old_string occurs 2 times (at lines 1, 3); add lines around it so that it occurs once, or set"
                                + " replace_all");
    }

    @Test
    void laterEditsSeeWhatEarlierOnesLeft() {
        assertThat(edited("a b c", once("a", "x y"), once("y b", "z"), once("x z", "done")))
                .isEqualTo("done c");
    }

    @Test
    void oneImpossibleEditOfSeveralRefusesAll() {
        assertThat(refused("a b c", once("a", "x"), once("nope", "y")))
                .startsWith("edit 2 of 2: old_string is not in the file");
    }

    @Test
    void anEmptyOldTextTheSameTextAndNoChangeAreRefused() {
        assertThat(refused("a", once("", "x"))).contains("old_string is empty");
        assertThat(refused("a", once("a", "a"))).contains("are the same");
        assertThat(refused("a b", once("a", "b a"), once("b a", "a"))).contains("leave the file as it is");
    }

    @Test
    void windowsLineEndsMatchAndStay() {
        String file = "one\r\ntwo\r\nthree\r\n";
        assertThat(edited(file, once("one\ntwo", "1\n2\nmore"))).isEqualTo("1\r\n2\r\nmore\r\nthree\r\n");
        assertThat(edited(file, once("two", "2\nmore"))).isEqualTo("one\r\n2\r\nmore\r\nthree\r\n");
        assertThat(edited(file, once("\ntwo\n", "\n"))).isEqualTo("one\r\nthree\r\n");
        assertThat(edited(file, once("one\r\ntwo", "1\r\n2"))).isEqualTo("1\r\n2\r\nthree\r\n");
    }

    @Test
    void aFileOfBothLineEndsKeepsEachWhereItIs() {
        assertThat(edited("a\r\nb\nc\r\nd\n", once("b\nc", "B\nX\nC"))).isEqualTo("a\r\nB\nX\nC\r\nd\n");
        assertThat(edited("a\nb\n", once("b", "b\r\nc"))).isEqualTo("a\nb\nc\n");
    }

    @Test
    void unicodeIsReplacedWhole() {
        assertThat(edited("grüße \uD83D\uDE00 漢字", once("\uD83D\uDE00 漢", "\uD83C\uDF89")))
                .isEqualTo("grüße \uD83C\uDF89字");
    }

    @Test
    void aMissShowsTheLineThatIsTheSameButForWhiteSpace() {
        assertThat(refused("def f():\n\treturn 1\n", once("    return 1", "    return 2")))
                .contains("the same but for white space; line 2 is: \treturn 1");
    }

    @Test
    void aMissShowsWhereTheFileGoesOnDifferently() {
        assertThat(refused("a\nb\nc\nd\n", once("b\nc\nX", "y")))
                .contains("first 2 lines are like line 2 onwards, but then line 4 is: d");
        assertThat(refused("a\nb\n", once("b\nc", "y"))).contains("but then the file ends");
        assertThat(refused("a\n", once("zzz", "y"))).contains("No line of the file is like its first line");
    }

    @Test
    void lineNumbersThatWereCopiedAlongAreNamed() {
        assertThat(refused("x\n", once("     1\tx", "y"))).contains("leave out each number and the tab");
    }

    @Test
    void aFileThatWouldGrowTooLargeIsRefused() {
        assertThat(TextEdit.apply("aaaa", List.of(new Replacement("a", "b".repeat(100), true)), 300))
                .isEqualTo(new Refused("the file would grow to more than 300 characters"));
    }

    @Test
    @Timeout(20)
    void textsMadeToBeSlowAreSearchedInOnePass() {
        String file = "a".repeat(5_000_000);
        assertThat(refused(file, once("a".repeat(1_000_000) + "b", "x"))).contains("not in the file");
        assertThat(refused(file, new Replacement("a", "b", true))).contains("more than 100000 times");
        String blank = "\n".repeat(1_000_000);
        assertThat(refused(blank, once("\n".repeat(500_000) + "x", "y"))).contains("not in the file");
    }

    @Test
    void everyReplacementIsWhatReplaceOfTheLanguageMakes() {
        Random random = new Random(7);
        for (int round = 0; round < 3000; round++) {
            String file = letters(random, 40);
            String wanted = letters(random, 1 + random.nextInt(4));
            String expected = file.replace(wanted, "_");
            Outcome outcome = TextEdit.apply(file, List.of(new Replacement(wanted, "_", true)), MANY);
            if (expected.equals(file)) {
                assertThat(outcome).isInstanceOf(Refused.class);
            } else {
                assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Edited.class,
                                edited -> assertThat(edited.text()).isEqualTo(expected));
            }
        }
    }

    @Test
    void theSnippetShowsTheChangedLinesOfTheFileAsItIsNow() {
        String file = String.join(
                        "\n",
                        IntStream.rangeClosed(1, 30).mapToObj(i -> "line " + i).toList()) + "\n";
        Edited edited = (Edited) TextEdit.apply(
                file, List.of(once("line 20\n", "twenty\n"), once("line 3\n", "three\nand more\n")), MANY);
        assertThat(Snippet.of(edited.text(), edited.changed())).isEqualTo("""
                     1\tline 1
                     2\tline 2
                     3\tthree
                     4\tand more
                     5\tline 4
                     6\tline 5
                     7\tline 6
                ...
                    18\tline 17
                    19\tline 18
                    20\tline 19
                    21\ttwenty
                    22\tline 21
                    23\tline 22
                    24\tline 23""");
    }

    @Test
    void theSnippetOfADeletionShowsWhatIsAroundIt() {
        Edited edited = (Edited) TextEdit.apply("a\nb\nc\n", List.of(once("b\n", "")), MANY);
        assertThat(Snippet.of(edited.text(), edited.changed())).isEqualTo("     1\ta\n     2\tc");
    }

    private static String letters(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("ab\n".charAt(random.nextInt(3)));
        }
        return text.toString();
    }

    private static Replacement once(String oldText, String newText) {
        return new Replacement(oldText, newText, false);
    }

    private static String edited(String text, Replacement... replacements) {
        return ((Edited) TextEdit.apply(text, List.of(replacements), MANY)).text();
    }

    private static String refused(String text, Replacement... replacements) {
        return ((Refused) TextEdit.apply(text, List.of(replacements), MANY)).why();
    }
}
