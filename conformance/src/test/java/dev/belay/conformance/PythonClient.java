package dev.belay.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs scripts of Python with the clients of others that {@code ./belay test} installs: httpx, and the real sandbox client of CodeGraff. */
final class PythonClient {
    private final String python;
    private final Map<String, String> environment;

    private PythonClient(String python, Map<String, String> environment) {
        this.python = python;
        this.environment = environment;
    }

    /** Skips the test where there is no such Python. */
    static PythonClient installed() {
        String python = System.getProperty("belay.client.python", "");
        Assumptions.assumeFalse(python.isEmpty(), "no Python with the clients; ./belay test makes one");
        Path mac = Path.of(python).resolve("../../mac").normalize();
        return new PythonClient(python, Map.of("PYTHONPATH", mac.toString(), "NO_PROXY", "*"));
    }

    /** The same with one more environment variable for the scripts. */
    PythonClient with(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new PythonClient(python, more);
    }

    /** Runs a script to its end; what it told, by name. See {@code clients/run_script.py} for what it may use. */
    JsonNode run(String script) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(List.of(python, resource("run_script.py"))).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(script.getBytes(StandardCharsets.UTF_8));
        }
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return JsonMapper.shared().readTree(printed);
    }

    /** A file of the folder {@code clients}. */
    static String resource(String name) {
        try {
            return Path.of(PythonClient.class.getResource("/clients/" + name).toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
