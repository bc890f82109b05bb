package dev.belay.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.config.Configuration.LogSettings;
import dev.belay.server.config.Configuration.LogSettings.Format;
import dev.belay.server.config.Configuration.LogSettings.Level;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the program's own log looks like. */
class LoggingTest {
    private final PrintStream stderr = System.err;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @AfterEach
    void putBack() {
        System.setErr(stderr);
        Logging.configure(new LogSettings(Level.WARN, Format.TEXT), UnaryOperator.identity());
    }

    private String logged(LogSettings settings, Runnable work) {
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        Logging.configure(settings, text -> text.replace("hunter2hunter2", "[redacted]"));
        work.run();
        return written.toString(StandardCharsets.UTF_8);
    }

    @Test
    void textIsOneLineWithTimeLevelAndOrigin() {
        String line = logged(
                new LogSettings(Level.INFO, Format.TEXT),
                () -> LoggerFactory.getLogger("dev.belay.Thing").info("started {}", 7));

        assertThat(line).matches("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z INFO Thing: started 7\n");
    }

    @Test
    void jsonIsOneObjectPerLineAlsoWithAnException() {
        String line = logged(
                new LogSettings(Level.INFO, Format.JSON),
                () -> LoggerFactory.getLogger("dev.belay.Thing")
                        .error("went \"wrong\"\n", new IllegalStateException("broken")));

        assertThat(line.lines()).hasSize(1);
        JsonNode json = JsonMapper.shared().readTree(line);
        assertThat(json.get("level").asString()).isEqualTo("ERROR");
        assertThat(json.get("message").asString()).isEqualTo("went \"wrong\"\n");
        assertThat(json.get("exception").asString()).contains("IllegalStateException: broken");
    }

    @Test
    void secretsAreTakenOutAlsoOfExceptions() {
        String line = logged(
                new LogSettings(Level.INFO, Format.TEXT),
                () -> LoggerFactory.getLogger("x")
                        .warn("the password hunter2hunter2", new IllegalStateException("hunter2hunter2")));

        assertThat(line).doesNotContain("hunter2").contains("[redacted]");
    }

    @Test
    void whatIsBelowTheLevelAndTheChatterOfLibrariesStaysOut() {
        String lines = logged(new LogSettings(Level.INFO, Format.TEXT), () -> {
            LoggerFactory.getLogger("dev.belay.Thing").debug("detail");
            LoggerFactory.getLogger("org.eclipse.jetty.server.Server").info("chatter");
            LoggerFactory.getLogger("org.eclipse.jetty.server.Server").warn("trouble");
        });

        assertThat(lines).doesNotContain("detail").doesNotContain("chatter").contains("trouble");
    }

    @Test
    void whatLibrariesReadAndWriteIsShownAtNoLevel() {
        String lines = logged(new LogSettings(Level.TRACE, Format.TEXT), () -> {
            LoggerFactory.getLogger("dev.belay.Thing").trace("detail");
            LoggerFactory.getLogger("org.eclipse.jetty.io.SocketChannelEndPoint")
                    .debug("filled {sec...ret}");
        });

        assertThat(lines).contains("detail").doesNotContain("filled");
    }
}
