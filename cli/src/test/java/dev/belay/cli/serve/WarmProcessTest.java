package dev.belay.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmProcessTest {
    @TempDir
    Path home;

    private void assertQuiet(Map<String, String> environment) throws Exception {
        Path temporary = Files.createDirectory(home.resolve("tmp"));
        List<String> line = new ArrayList<>(CommandProcess.line("warm"));
        line.add(1, "-Djava.io.tmpdir=" + temporary);
        try (CommandProcess warm = CommandProcess.start(environment, line)) {
            var result = warm.await();
            assertThat(result.code()).isZero();
            assertThat(result.out()).isEmpty();
        }
        assertThat(temporary).isEmptyDirectory();
        assertThat(home.resolve(".local")).doesNotExist();
    }

    @Test
    void itDoesItsRoundInSilenceAndLeavesNothing() throws Exception {
        assertQuiet(CommandProcess.environment(home));
    }

    @Test
    void aMachineWithoutSandboxesIsNoReasonToFail() throws Exception {
        Map<String, String> environment = new HashMap<>(CommandProcess.environment(home));
        environment.put("PATH", home.toString());

        assertQuiet(environment);
    }
}
