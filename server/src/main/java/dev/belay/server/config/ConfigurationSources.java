package dev.belay.server.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where a configuration comes from. What is named later wins: defaults, file, environment, flags.
 *
 * @param file the file that {@code --config} names; if empty {@code BELAY_CONFIG} may name one, else {@code belay.toml} in the data directory
 *     is read if it is there
 * @param flags values from the command line by key, for example {@code server.port} to {@code 8080}
 * @param environment the process's environment variables
 */
public record ConfigurationSources(Optional<Path> file, Map<String, String> flags, Map<String, String> environment) {
    public ConfigurationSources {
        flags = Map.copyOf(flags);
        environment = Map.copyOf(environment);
    }
}
