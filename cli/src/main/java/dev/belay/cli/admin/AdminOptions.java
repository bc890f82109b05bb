package dev.belay.cli.admin;

import dev.belay.cli.serve.ConfigurationOptions;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that all commands of this package take. */
final class AdminOptions {
    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    boolean json() {
        return json;
    }

    Administration open(Map<String, String> environment) {
        return Administration.open(configuration.read(environment, Map.of()), environment);
    }
}
