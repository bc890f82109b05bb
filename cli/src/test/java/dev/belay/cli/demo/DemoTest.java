package dev.belay.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess;
import dev.belay.cli.InProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    @TempDir
    Path home;

    @Test
    void anAgentRepairsTheProjectBeforeTheReadersEyes() throws Exception {
        InProcess shown = new InProcess();

        int code = new DemoCommand(shown.terminal(), CommandProcess.environment(home)).call();

        assertThat(shown.out())
                .contains("scripted: it plays prepared steps and does not think")
                .contains("isolation level ")
                .contains("> Bash  python3 -B -m unittest\n")
                .contains("FAILED (failures=3)")
                .contains("    -     return grams // 1000\n    +     return (grams + 999) // 1000\n")
                .contains("\nDone\n4 turns, cost $0.035835, time ")
                .contains("in a fresh sandbox: the tests pass.")
                .contains("./belay serve", "./belay run");
        assertThat(code).isZero();
    }

    @Test
    void anAgentThatOnlySaysSoHasRepairedNothing() throws Exception {
        InProcess shown = new InProcess();
        String script = """
                {"steps": [{"text": "All three tests pass now. OK"}]}""";

        int code = new DemoCommand(shown.terminal(), Map.of(), script).call();

        assertThat(shown.out()).contains("\nDone\n").contains("the tests fail.").contains("FAILED (failures=3)");
        assertThat(code).isEqualTo(1);
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        Path temporary = Files.createDirectory(home.resolve("tmp"));
        List<String> line = new ArrayList<>(CommandProcess.line("demo"));
        line.add(1, "-Djava.io.tmpdir=" + temporary);

        try (CommandProcess demo = CommandProcess.start(CommandProcess.environment(home), line)) {
            assertThat(demo.await().code()).isZero();
        }

        assertThat(temporary).isEmptyDirectory();
        assertThat(home.resolve(".local")).doesNotExist();
    }
}
