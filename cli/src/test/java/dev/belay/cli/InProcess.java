package dev.belay.cli;

import dev.belay.cli.terminal.Terminal;
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
    private final Terminal terminal = new Terminal(print(out), print(err), false);

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    /** Runs the command for the user whose home that is. */
    public static CommandProcess.Result run(Path home, String... arguments) {
        return run(home, Map.of(), arguments);
    }

    public static CommandProcess.Result run(Path home, Map<String, String> more, String... arguments) {
        InProcess command = new InProcess();
        Map<String, String> environment = new HashMap<>(CommandProcess.environment(home));
        environment.putAll(more);
        int code = new Main(command.terminal, environment).run(arguments);
        return new CommandProcess.Result(code, command.out(), command.err());
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
