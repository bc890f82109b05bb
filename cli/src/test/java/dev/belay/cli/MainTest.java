package dev.belay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    Path home;

    @Test
    void helpListsEveryCommandButTheHiddenOne() {
        var help = InProcess.run(home, "--help");

        assertThat(help.code()).isZero();
        assertThat(help.out())
                .contains("demo", "serve", "run", "doctor", "organisations", "workspaces", "keys", "bench", "version")
                .doesNotContain("warm");
    }

    @Test
    void everyCommandHasHelp() {
        assertThat(InProcess.run(home, "keys", "create", "--help").out()).contains("--permissions");
        assertThat(InProcess.run(home, "run", "-h").out()).contains("--max-budget-usd", "130");
    }

    @Test
    void wrongUsageSaysWhatIsWrongAndEndsWithTwo() {
        assertThat(InProcess.run(home)).satisfies(r -> {
            assertThat(r.code()).isEqualTo(2);
            assertThat(r.err()).contains("Missing required subcommand");
        });
        assertThat(InProcess.run(home, "fly").code()).isEqualTo(2);
        assertThat(InProcess.run(home, "run").err()).contains("Missing required parameter: 'PROMPT'");
        assertThat(InProcess.run(home, "run", "x", "--max-turns", "many")).satisfies(r -> {
            assertThat(r.code()).isEqualTo(2);
            assertThat(r.err()).contains("--max-turns").contains("'many'");
        });
    }

    @Test
    void anErrorIsOneLineWithoutAStackTrace() {
        var failed = InProcess.run(home, "keys", "list");

        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.out()).isEmpty();
        assertThat(failed.err()).isEqualTo("belay: there is no organisation \"default\"\n");
    }

    @Test
    void withDebugTheStackTraceIsShown() {
        var failed = InProcess.run(home, Map.of("BELAY_DEBUG", "1"), "keys", "list");

        assertThat(failed.err()).startsWith("belay: there is no organisation").contains("\tat dev.belay.cli");
    }

    @Test
    void anUnknownSettingIsRefusedByName() {
        var failed = InProcess.run(home, Map.of("BELAY_SERVER_PRT", "1"), "organisations", "list");

        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).contains("BELAY_SERVER_PRT").contains("BELAY_SERVER_PORT");
    }

    @Test
    void aPromptThatLooksLikeAFileOfArgumentsIsJustAPrompt() {
        var run = InProcess.run(
                home, "run", "@/etc/hostname", "--dir", home.resolve("absent").toString());

        assertThat(run.err()).isEqualTo("belay: there is no directory " + home.resolve("absent") + "\n");
    }

    @Test
    void benchmarksThatAreNotThereAreMissedInWords() {
        var bench = InProcess.run(home, "bench", "log", "--writers", "1");

        assertThat(bench.code()).isEqualTo(1);
        assertThat(bench.err()).contains("./belay bench");
    }

    @Test
    void versionSaysWhichBelayThisIs() {
        assertThat(InProcess.run(home, "version").out()).startsWith("belay ");
    }
}
