package dev.belay.cli.serve;

import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say where the configuration and the data are; the same for every command that needs them. */
public final class ConfigurationOptions {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data directory; $XDG_DATA_HOME/belay or ~/.local/share/belay if absent.")
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration file; belay.toml in the data directory if absent.")
    private Optional<Path> file = Optional.empty();

    /** Reads the configuration; {@code flags} are further values from the command line, by key. */
    public Configuration read(Map<String, String> environment, Map<String, String> flags) {
        Map<String, String> all = new HashMap<>(flags);
        data.ifPresent(directory -> all.put("data.directory", directory.toString()));
        return Configuration.read(new ConfigurationSources(file, all, environment));
    }
}
