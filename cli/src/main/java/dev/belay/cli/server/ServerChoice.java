package dev.belay.cli.server;

import dev.belay.api.ConfigurationException;
import dev.belay.cli.serve.ConfigurationOptions;
import dev.belay.client.BelayClient;
import dev.belay.client.http.ServerCertificate;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import dev.belay.store.DataDirectory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which server: the one that is named, else the one that serves the data directory, which is entered with the token that lies there. */
public final class ServerChoice {
    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The server; $BELAY_URL, or the one that serves the data directory, if absent.")
    private Optional<String> url = Optional.empty();

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description =
                    "A key of the server; $BELAY_KEY if absent, which others on this machine cannot read. The server of"
                            + " the data directory needs none: its workspace \"default\" is used.")
    private Optional<String> key = Optional.empty();

    /**
     * A server that runs.
     *
     * @throws ConfigurationException if no server is named and none serves the data directory
     */
    public BelayClient connect(Map<String, String> environment) {
        if (address(environment).isPresent()) {
            return named(environment);
        }
        Path directory = configuration.read(environment, Map.of()).dataDirectory();
        String served = DataDirectory.holder(directory)
                .flatMap(DataDirectory.Holder::url)
                .orElseThrow(() -> new ConfigurationException("no server serves the data directory " + directory
                        + "; start one with belay serve, or name one with --url"));
        return served(directory, served, environment);
    }

    /** As {@link #connect}; where no server is named and none serves the data directory, one in this process does until this is closed. */
    public ReachedServer reach(Map<String, String> environment) {
        if (address(environment).isPresent()) {
            return new ReachedServer(
                    address(environment).get(), false, () -> ReachedServer.Link.to(named(environment)));
        }
        Path directory = configuration.read(environment, Map.of()).dataDirectory();
        boolean byToken = secret(environment).isEmpty();
        return new ReachedServer(
                directory.toString(),
                byToken,
                new DataDirectoryServer(
                        directory,
                        () -> configuration.read(environment, DataDirectoryServer.SETTINGS),
                        environment,
                        found -> served(directory, found, environment)));
    }

    /** A server in this process over a data directory that is not the one of the options: that of a run. */
    public static ReachedServer over(Path directory, Map<String, String> environment) {
        Map<String, String> settings = new HashMap<>(DataDirectoryServer.SETTINGS);
        settings.put("data.directory", directory.toString());
        return new ReachedServer(
                directory.toString(),
                true,
                new DataDirectoryServer(
                        directory,
                        () -> Configuration.read(new ConfigurationSources(Optional.empty(), settings, Map.of())),
                        environment,
                        found -> BelayClient.connect(found, token(directory))));
    }

    /** Where the data directory is. */
    public Path dataDirectory(Map<String, String> environment) {
        return configuration.read(environment, Map.of()).dataDirectory();
    }

    private BelayClient named(Map<String, String> environment) {
        String address = address(environment).orElseThrow();
        try {
            return secret(environment)
                    .map(known -> BelayClient.connect(address, known))
                    .orElseGet(() -> BelayClient.connect(address));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(String.valueOf(e.getMessage()));
        }
    }

    private BelayClient served(Path directory, String found, Map<String, String> environment) {
        return BelayClient.connect(
                found,
                secret(environment).orElseGet(() -> token(directory)),
                DataDirectory.certificate(directory).map(ServerCertificate::of));
    }

    private Optional<String> address(Map<String, String> environment) {
        return url.or(() -> variable(environment, "BELAY_URL"));
    }

    private Optional<String> secret(Map<String, String> environment) {
        return key.or(() -> variable(environment, "BELAY_KEY"));
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    private static String token(Path directory) {
        return DataDirectory.localToken(directory)
                .orElseThrow(() -> new ConfigurationException("the data directory " + directory
                        + " is served by another user's process, whose token cannot be read; run this as that user, or"
                        + " give a key with --key"));
    }
}
