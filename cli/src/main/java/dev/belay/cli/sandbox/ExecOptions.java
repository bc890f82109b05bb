package dev.belay.cli.sandbox;

import dev.belay.cli.terminal.Terminal;
import dev.belay.cli.terminal.TerminalDevice;
import dev.belay.client.sandbox.Command;
import dev.belay.client.sandbox.ExecResult;
import dev.belay.client.sandbox.RunningCommand;
import dev.belay.client.sandbox.Sandboxes;
import dev.belay.client.sandbox.TerminalSize;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What to run, and how. */
final class ExecOptions {
    @Parameters(index = "0", paramLabel = "ID")
    private String id = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "COMMAND",
            description = "One argument is a line for the shell; several are a program and its arguments. Put -- before"
                    + " it if it has options of its own.")
    private List<String> words = List.of();

    @Option(
            names = {"-i", "--interactive"},
            description = "Pass standard input on.")
    private boolean interactive;

    @Option(
            names = {"-t", "--tty"},
            description = "Run it on a terminal; -it for a shell to type in.")
    private boolean onTerminal;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "K=V",
            description = "A variable; may be given more than once.")
    private Map<String, String> env = new LinkedHashMap<>();

    @Option(
            names = {"-w", "--workdir"},
            paramLabel = "DIR",
            description = "Working directory inside; /workspace if absent.")
    private Optional<String> directory = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "S",
            description = "Ended after so many seconds; 300 if absent, a day with -t.")
    private @Nullable Long timeout;

    int run(Sandboxes sandboxes, Terminal terminal) {
        Optional<TerminalDevice> device = onTerminal ? terminal.device() : Optional.empty();
        TerminalSize size = device.map(Conversation::size).orElse(Conversation.STANDARD);
        try (RunningCommand running = start(sandboxes, size)) {
            Conversation conversation = new Conversation(running, terminal);
            device.ifPresent(known -> conversation.watchSize(known, size));
            try (TerminalDevice.@Nullable Raw raw =
                    interactive ? device.map(TerminalDevice::raw).orElse(null) : null) {
                if (interactive) {
                    conversation.takeInput();
                }
                ExecResult result = conversation.follow();
                result.detail().ifPresent(detail -> terminal.err().println("belay: " + Terminal.harmless(detail)));
                return result.exitCode();
            }
        }
    }

    private RunningCommand start(Sandboxes sandboxes, TerminalSize size) {
        if (onTerminal) {
            return sandboxes.streamOnTerminal(id, command(), size);
        }
        return interactive ? sandboxes.streamWithInput(id, command()) : sandboxes.stream(id, command());
    }

    private Command command() {
        Command line = words.size() == 1 ? Command.shell(words.getFirst()) : Command.of(words.toArray(String[]::new));
        Command command = line.withEnv(env).withTimeout(timeout());
        return directory.map(command::in).orElse(command);
    }

    private Duration timeout() {
        if (timeout != null) {
            return Duration.ofSeconds(timeout);
        }
        return onTerminal ? Duration.ofDays(1) : Duration.ofMinutes(5);
    }
}
