package dev.belay.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TerminalTest {
    private static final char ESCAPE = 0x1b;

    @TempDir
    Path home;

    @Test
    void whatComesFromOutsideCannotDriveTheTerminal() {
        assertThat(Terminal.harmless("a" + ESCAPE + "[2Jb\u0007\u009bc\u007f"))
                .isEqualTo("a\u241b[2Jb\u2407\ufffdc\u2421");
        assertThat(Terminal.harmless("x\u202ey\u2066z")).isEqualTo("x\ufffdy\ufffdz");
    }

    @Test
    void linesTabsAndLettersOfAllLanguagesStayReadable() {
        assertThat(Terminal.harmless("\tgr\u00fc\u00dfe \ud83d\ude80\r\nnext\n"))
                .isEqualTo("    gr\u00fc\u00dfe \ud83d\ude80\nnext\n");
        assertThat(Terminal.harmless("50 %\r100 %")).isEqualTo("50 %\u240d100 %");
    }

    @Test
    void aTerminalGetsColours() throws Exception {
        assertThat(onTerminal(Map.of())).contains(ESCAPE + "[1mID");
    }

    @Test
    void noColorIsObeyed() throws Exception {
        assertThat(onTerminal(Map.of("NO_COLOR", "1"))).contains("ID").doesNotContain("" + ESCAPE);
    }

    @Test
    void aPipeGetsNoColours() throws Exception {
        assertThat(CommandProcess.run(home, "organisations", "list").out())
                .startsWith("ID")
                .doesNotContain("" + ESCAPE);
    }

    /** Runs the command on a pseudo terminal, which {@code script} of util-linux provides. */
    private String onTerminal(Map<String, String> more) throws Exception {
        Map<String, String> environment = new HashMap<>(CommandProcess.environment(home));
        environment.putAll(more);
        String line = String.join(" ", CommandProcess.line("organisations", "list"));
        try (CommandProcess command = CommandProcess.start(environment, List.of("script", "-qec", line, "/dev/null"))) {
            return command.await().out();
        }
    }
}
