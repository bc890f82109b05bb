package dev.belay.cli;

import static java.util.Objects.requireNonNull;

import dev.belay.api.BelayException;
import dev.belay.cli.admin.KeysCommand;
import dev.belay.cli.admin.OrganisationsCommand;
import dev.belay.cli.admin.SecretsCommand;
import dev.belay.cli.admin.UsageCommand;
import dev.belay.cli.admin.WorkspacesCommand;
import dev.belay.cli.chat.ChatCommand;
import dev.belay.cli.demo.DemoCommand;
import dev.belay.cli.doctor.DoctorCommand;
import dev.belay.cli.run.RunCommand;
import dev.belay.cli.sandbox.SandboxCommand;
import dev.belay.cli.serve.ServeCommand;
import dev.belay.cli.serve.WarmCommand;
import dev.belay.cli.sessions.SessionsCommand;
import dev.belay.cli.store.BackupCommand;
import dev.belay.cli.store.RestoreCommand;
import dev.belay.cli.store.StoreCommand;
import dev.belay.cli.terminal.Terminal;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;

/** The {@code belay} command. Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage, others as a command documents. */
@Command(name = "belay", description = "A self-hosted agent cloud for the JVM.", synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private final Terminal terminal;
    private final boolean debug;
    private final Map<String, Supplier<Object>> commands = new LinkedHashMap<>();

    /** @param environment the process's environment variables */
    Main(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.debug = environment.getOrDefault("BELAY_DEBUG", "").equals("1");
        commands.put("demo", () -> new DemoCommand(terminal, environment));
        commands.put("serve", () -> new ServeCommand(terminal, environment));
        commands.put("run", () -> new RunCommand(terminal, environment));
        commands.put("chat", () -> new ChatCommand(terminal, environment));
        commands.put("sessions", () -> new SessionsCommand(terminal, environment));
        commands.put("sandbox", () -> new SandboxCommand(terminal, environment));
        commands.put("doctor", () -> new DoctorCommand(terminal, environment));
        commands.put("organisations", () -> new OrganisationsCommand(terminal, environment));
        commands.put("workspaces", () -> new WorkspacesCommand(terminal, environment));
        commands.put("keys", () -> new KeysCommand(terminal, environment));
        commands.put("secrets", () -> new SecretsCommand(terminal, environment));
        commands.put("usage", () -> new UsageCommand(terminal, environment));
        commands.put("store", () -> new StoreCommand(terminal, environment));
        commands.put("backup", () -> new BackupCommand(terminal, environment));
        commands.put("restore", () -> new RestoreCommand(terminal, environment));
        commands.put(BenchCommand.NAME, BenchCommand::new);
        commands.put("version", () -> new VersionCommand(terminal));
        commands.put("warm", () -> new WarmCommand(environment));
    }

    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        System.exit(new Main(Terminal.ofProcess(environment), environment).run(arguments));
    }

    /** Runs the command that the arguments name and returns the exit code. */
    int run(String... arguments) {
        CommandLine line = new CommandLine(this);
        line.getCommandSpec().addOption(help(ScopeType.LOCAL));
        // Reading a command's options takes time, so that only the command that was named is looked at.
        if (arguments.length > 0 && commands.containsKey(arguments[0])) {
            add(line, arguments[0]);
        } else {
            commands.keySet().forEach(name -> add(line, name));
        }
        return line.setExpandAtFiles(false)
                .setOut(writer(terminal.out()))
                .setErr(writer(terminal.err()))
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setExecutionExceptionHandler((thrown, _, _) -> failed(thrown))
                .execute(arguments);
    }

    private void add(CommandLine line, String name) {
        CommandLine command = new CommandLine(requireNonNull(commands.get(name)).get());
        if (!name.equals(BenchCommand.NAME)) { // which hands all its arguments on
            command.getCommandSpec().addOption(help(ScopeType.INHERIT));
        }
        line.addSubcommand(name, command);
    }

    private static OptionSpec help(ScopeType scope) {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .scopeType(scope)
                .description("Show this help.")
                .build();
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    private int failed(Exception thrown) {
        String text = thrown instanceof BelayException told
                ? told.text()
                : "internal error: " + thrown + (debug ? "" : " (BELAY_DEBUG=1 shows where)");
        terminal.err().println("belay: " + Terminal.harmless(text).replace('\n', ' '));
        if (debug) {
            thrown.printStackTrace(terminal.err());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
