package dev.belay.cli;

import dev.belay.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The {@code belay} command in the test's own process, for what is not about processes. */
public final class InProcess {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal;

    public InProcess() {
        this("");
    }

    private InProcess(String input) {
        terminal = new Terminal(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), print(out), print(err), false);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    /** Runs the command for the user whose home that is. */
    public static CommandProcess.Result run(Path home, String... arguments) {
        return run(home, Map.of(), arguments);
    }

    public static CommandProcess.Result run(Path home, Map<String, String> more, String... arguments) {
        return new InProcess().runIn(home, more, arguments);
    }

    /** With that on standard input. */
    public static CommandProcess.Result runReading(String input, Path home, String... arguments) {
        return new InProcess(input).runIn(home, Map.of(), arguments);
    }

    private CommandProcess.Result runIn(Path home, Map<String, String> more, String... arguments) {
        Map<String, String> environment = new HashMap<>(CommandProcess.environment(home));
        environment.putAll(more);
        int code = new Main(terminal, environment).run(arguments);
        return new CommandProcess.Result(code, out(), err());
    }

    public static CommandProcess.Result runReading(
            String input, Path home, Map<String, String> more, String... arguments) {
        return new InProcess(input).runIn(home, more, arguments);
    }

    public Terminal terminal() {
        return terminal;
    }

    public String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    public String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
