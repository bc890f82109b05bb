package dev.belay.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.process.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The usage example of the Cloud Agent API on its own client (httpx), unchanged, against a server that knows nothing of it. */
class DropInClientTest {
    @TempDir
    Path root;

    @Test
    void theUsageExampleSitsThroughAToolCallLongerThanItsReadTimeout() throws Exception {
        String python = System.getProperty("belay.client.python", "");
        Assumptions.assumeFalse(python.isEmpty(), "no Python with httpx; ./belay test makes one");
        Files.createDirectories(root.resolve("scripts"));
        Files.writeString(root.resolve("belay.toml"), "[agent]\nmodel = \"scripted:slow\"\n");
        Files.writeString(root.resolve("scripts/slow.json"), """
                {"steps": [
                  {"text": "Looking into it.", "tool_calls": [{"tool": "Bash", "input": {"command": "sleep 8; echo found it"}}]},
                  {"expect": "found it", "text": "Fixed."}]}""");

        try (ServerProcess server = ServerProcess.start(root)) {
            ProcessBuilder builder = new ProcessBuilder(List.of(
                            python,
                            PythonClient.resource("run_example.py"),
                            PythonClient.resource("usage_example.py"),
                            server.url()))
                    .redirectErrorStream(true);
            builder.environment().put("NO_PROXY", "*");
            Process client = builder.start();
            String printed = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(client.waitFor()).as(printed).isZero();
            assertThat(printed.lines()
                            .map(line -> line.substring(0, line.indexOf(']') + 1))
                            .distinct())
                    .containsExactly("[status]", "[thinking]", "[tool_use]", "[tool_result]", "[result]");
            assertThat(printed)
                    .contains("[thinking] Looking into it.")
                    .contains("[thinking] Fixed.")
                    .contains("'running'");
        }
    }
}
