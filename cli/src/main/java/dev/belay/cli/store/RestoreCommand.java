package dev.belay.cli.store;

import dev.belay.cli.serve.ConfigurationOptions;
import dev.belay.cli.terminal.Terminal;
import dev.belay.server.config.Configuration;
import dev.belay.store.DataDirectory;
import dev.belay.store.transfer.Restore;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code belay restore}. */
@Command(
        name = "restore",
        description = {
            "Puts a backup into an empty data directory, and its rows into the database that is configured:"
                    + " one in the directory, or that of store.url, which must be empty, too.",
            "After a kill, the same command goes on where it was."
        })
public final class RestoreCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Map<String, String> environment;

    @Parameters(paramLabel = "FILE", description = "A file that belay backup made.")
    private Path archive = Path.of("");

    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    public RestoreCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        Configuration configured = configuration.read(environment, Map.of());
        try (DataDirectory directory = DataDirectory.lock(configured.dataDirectory())) {
            Restore.Restored restored = Restore.run(archive, configured.store(), directory.path());
            terminal.say("Restored " + restored.rows() + " rows and " + restored.files() + " files of "
                    + restored.created() + " to " + directory.path()
                    + ". What was sealed with a master key needs that key again.");
        }
        return 0;
    }
}
