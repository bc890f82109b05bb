package dev.belay.cli.store;

import dev.belay.cli.serve.ConfigurationOptions;
import dev.belay.cli.terminal.Terminal;
import dev.belay.server.config.Configuration;
import dev.belay.store.transfer.Backup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code belay backup}. */
@Command(
        name = "backup",
        description = {
            "Saves the data set, database and files, into one file; also while the server runs.",
            "The master key, tokens and belay.toml are never in it: keep them elsewhere."
        },
        footer = {"", "Exit codes: 0 if everything was saved, 1 if not."})
public final class BackupCommand implements Callable<Integer> {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final Terminal terminal;
    private final Map<String, String> environment;
    private final InstantSource clock = InstantSource.system();

    @Parameters(
            paramLabel = "FILE|DIR",
            description = "The file to make, or a directory to make a file in that is named after the time.")
    private Path place = Path.of("");

    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    public BackupCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        Configuration configured = configuration.read(environment, Map.of());
        Path archive = Files.isDirectory(place)
                ? place.resolve("belay-" + STAMP.format(clock.instant()) + ".zip")
                : place.toAbsolutePath();
        Backup.Saved saved = Backup.make(configured.store(), configured.dataDirectory(), archive, clock);
        saved.skipped().forEach(skipped -> terminal.err().println("not saved: " + Terminal.harmless(skipped)));
        terminal.say("Saved " + saved.rows() + " rows and " + saved.files() + " files to " + saved.archive());
        return saved.skipped().isEmpty() ? 0 : 1;
    }
}
