package dev.belay.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.InProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeOptionsTest {
    @TempDir
    Path home;

    @Test
    void withoutKeysTheServerStaysOnLoopback() {
        assertError("listens on loopback only", "--dev", "--host", "0.0.0.0", "--port", "0");
    }

    @Test
    void aPortThatIsNoneIsRefusedByItsName() {
        assertError("--port is \"99999\", but must be a whole number from 0 to 65535", "--port", "99999");
    }

    @Test
    void anUnknownKeyInTheConfigurationIsRefusedByItsName() throws Exception {
        Path file = Files.writeString(home.resolve("my.toml"), "[server]\nprot = 1\n");

        assertError("unknown key \"server.prot\"; did you mean \"server.port\"?", "--config", file.toString());
    }

    private void assertError(String text, String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "serve";
        System.arraycopy(options, 0, arguments, 1, options.length);
        var result = InProcess.run(home, arguments);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("belay: ").contains(text).hasLineCount(1);
    }
}
