package dev.belay.agent.tool.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobPatternTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "*.py a.py",
                "* .hidden",
                "**/*.py a.py",
                "**/*.py x/y/a.py",
                "src/** src/a/b",
                "src/**/test/*.java src/test/A.java",
                "src/**/test/*.java src/a/b/test/A.java",
                "**/a/**/b x/a/y/a/z/b",
                "a?c abc",
                "a?c a\uD83D\uDE00c",
                "[a-c]x bx",
                "[!a-c]x dx",
                "[^a-c]x dx",
                "[]]x ]x",
                "[a-]x -x",
                "[ab [ab",
                "{a,b}.txt b.txt",
                "src/{main,test}/**/*.{c,h} src/test/x/y.h",
                "{a,b{c,d}}e bde",
                "{a,}b b",
                "{a}b {a}b",
                "{a,b {a,b",
                "\\*.py *.py",
                "\\{a,b\\} {a,b}",
                "a*b*c aXbXbXc",
                "**x ax"
            })
    void matches(String pattern, String path) {
        assertThat(GlobPattern.compile(pattern).matches(path)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "*.py a.pyc",
                "*.py x/a.py",
                "**/*.py a.pyc",
                "src/*/a src/x/y/a",
                "a?c ac",
                "a?c a/c",
                "[a-c]x dx",
                "[!a-c]x ax",
                "{a,b}.txt c.txt",
                "\\*.py a.py",
                "a*b*c aXcXb",
                "src src/a"
            })
    void doesNotMatch(String pattern, String path) {
        assertThat(GlobPattern.compile(pattern).matches(path)).isFalse();
    }

    @Test
    @Timeout(10)
    void aPatternMadeToBacktrackForEverEndsAtOnce() {
        String name = "a".repeat(4000);
        assertThat(GlobPattern.compile("*a".repeat(1000) + "b").matches(name)).isFalse();
        assertThat(GlobPattern.compile("**/a/".repeat(500) + "b").matches("a/".repeat(2000) + "c"))
                .isFalse();
    }

    @Test
    void tooManyAlternativesAreRefused() {
        assertThatThrownBy(() -> GlobPattern.compile("{a,b}".repeat(30)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("more than 256 patterns");
    }

    @Test
    void theDepthSaysHowFarToLook() {
        assertThat(GlobPattern.compile("*.py").depth(64)).isEqualTo(1);
        assertThat(GlobPattern.compile("{a,b/c}/*.py").depth(64)).isEqualTo(3);
        assertThat(GlobPattern.compile("**/*.py").depth(64)).isEqualTo(64);
    }

    @Test
    void theLastNamesAreThoseThatAMatchEndsWith() {
        assertThat(GlobPattern.compile("src/**/*.{ts,tsx}").lastNames()).containsExactly("*.ts", "*.tsx");
        assertThat(GlobPattern.compile("src/**").lastNames()).isEmpty();
    }
}
