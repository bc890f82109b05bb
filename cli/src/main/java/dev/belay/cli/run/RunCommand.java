package dev.belay.cli.run;

import dev.belay.agent.session.Sessions;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.agent.session.request.TurnOptions;
import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Money;
import dev.belay.api.SessionId;
import dev.belay.api.event.TurnStatus;
import dev.belay.cli.files.TemporaryDirectory;
import dev.belay.cli.serve.ConfigurationOptions;
import dev.belay.cli.terminal.DiffLine;
import dev.belay.cli.terminal.EventPrinter;
import dev.belay.cli.terminal.Terminal;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.server.cloudagent.wire.WireEvent;
import dev.belay.server.config.Configuration;
import dev.belay.server.http.Json;
import dev.belay.store.StoreLocation;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code belay run}. Exit codes: 0 the run succeeded, 1 it ended with another status, 2 wrong usage, 130 Ctrl-C (which ends the turn cleanly
 * as interrupted).
 */
@Command(
        name = "run",
        description = "Runs the agent once on a directory, in a sandbox, without a server.",
        footer = {"", "Exit codes: 0 success, 1 any other status, 2 wrong usage, 130 interrupted with Ctrl-C."})
public final class RunCommand implements Callable<Integer> {
    /** How long a signal waits for the turn to end and the sandbox to be gone. */
    private static final Duration TO_END = Duration.ofSeconds(15);

    private static final BigDecimal MOST = BigDecimal.valueOf(1_000_000_000);

    private final Terminal terminal;
    private final Map<String, String> environment;
    private final EventPrinter printer;

    @Parameters(paramLabel = "PROMPT", description = "What the agent shall do.")
    private String prompt = "";

    @Option(names = "--model", paramLabel = "M", description = "PROVIDER:MODEL; the configured default if absent.")
    private Optional<String> model = Optional.empty();

    @Option(names = "--dir", paramLabel = "D", description = "The directory to work on; the current one if absent.")
    private Path directory = Path.of("");

    @Option(names = "--max-turns", paramLabel = "N", description = "How often the model may be called.")
    private Optional<Integer> maxTurns = Optional.empty();

    @Option(names = "--max-budget-usd", paramLabel = "X", description = "What the run may cost, in dollars.")
    private Optional<BigDecimal> maxBudget = Optional.empty();

    @Option(names = "--timeout", paramLabel = "S", description = "How long the run may take, in seconds.")
    private Optional<BigDecimal> timeout = Optional.empty();

    @Option(
            names = "--scripts",
            paramLabel = "DIR",
            description = "Where scripted:NAME finds NAME.json; scripts in the data directory if absent.")
    private Optional<Path> scripts = Optional.empty();

    @Option(
            names = "--json",
            description = "Print the events as NDJSON, as the HTTP API sends them; the diff to stderr.")
    private boolean json;

    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    public RunCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
        this.printer = new EventPrinter(terminal);
    }

    @Override
    public Integer call() throws Exception {
        Configuration read = configuration.read(environment, Map.of());
        MountedDirectory mounted = WorkedDirectory.of(
                directory, RunPlace.home(environment), List.of(RunPlace.state(environment), read.dataDirectory()));
        RunRequest request = new RunRequest(prompt, options(), Optional.of(mounted));
        DirectoryPicture before = DirectoryPicture.of(mounted.directory());
        SessionId session = new SessionId(new IdSource(InstantSource.system(), new SecureRandom()).next());
        Path place = RunPlace.runs(environment).resolve(session.value());
        RunPlace.linkScripts(place, scripts.orElse(read.dataDirectory().resolve("scripts")));
        CountDownLatch over = new CountDownLatch(1);
        try (LocalRun run = new LocalRun(in(place, read), environment, session)) {
            Sessions.Started started = run.start(request);
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> interrupt(run, over)));
            LocalRun.Ended ended = run.follow(started, event -> show(event, run));
            List<String> changes = DirectoryChanges.between(before, DirectoryPicture.of(mounted.directory()));
            finish(ended, changes);
            return ended.status() == TurnStatus.SUCCESS ? ExitCode.OK : ExitCode.SOFTWARE;
        } catch (InvalidRequestException e) {
            TemporaryDirectory.delete(place);
            throw e;
        } finally {
            over.countDown();
        }
    }

    /** The user's configuration over the run's own data directory. */
    private static Configuration in(Path place, Configuration read) {
        return new Configuration(
                read.server(),
                place,
                StoreLocation.in(place),
                read.limits(),
                read.agent(),
                read.budget(),
                read.sessions(),
                read.retention(),
                read.compaction(),
                read.models(),
                read.sandbox(),
                read.mcp(),
                read.log(),
                read.metrics());
    }

    /** On a signal: ends the turn and lets the command say how it ended. The JVM then exits as after that signal. */
    private static void interrupt(LocalRun run, CountDownLatch over) {
        try {
            if (over.getCount() > 0) {
                run.stop(TurnStatus.INTERRUPTED);
                over.await(TO_END.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (BelayException e) {
            // The run has just ended by itself, and its database is closed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void show(WireEvent event, LocalRun run) {
        if (json) {
            terminal.say(event.json());
        } else {
            printer.print(Json.read(event.json()));
        }
        if (terminal.out().checkError()) {
            // Whoever read along has gone, as when a client leaves a server's stream.
            run.stop(TurnStatus.CANCELLED);
        }
    }

    private void finish(LocalRun.Ended ended, List<String> changes) {
        if (json) {
            terminal.say(ended.event().json());
            changes.forEach(terminal.err()::println);
            return;
        }
        terminal.say("");
        if (changes.isEmpty()) {
            terminal.say("No file was changed.");
        }
        changes.forEach(line -> terminal.say(DiffLine.styled(terminal, line)));
        printer.print(Json.read(ended.event().json()));
    }

    private static BigDecimal bounded(String option, BigDecimal number) {
        if (number.compareTo(MOST) > 0) {
            throw new InvalidRequestException(option, option + " must be at most " + MOST);
        }
        return number;
    }

    private RunOptions options() {
        TurnOptions asked = new TurnOptions(
                model,
                maxTurns.map(OptionalInt::of).orElse(OptionalInt.empty()),
                Optional.empty(),
                timeout.map(seconds -> Duration.ofMillis(
                        bounded("--timeout", seconds).movePointRight(3).longValue())));
        return RunOptions.DEFAULT
                .with(asked)
                .withMaxBudget(maxBudget.map(dollars -> Money.ofDollars(bounded("--max-budget-usd", dollars))));
    }
}
