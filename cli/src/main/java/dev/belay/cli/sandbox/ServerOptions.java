package dev.belay.cli.sandbox;

import dev.belay.api.ConfigurationException;
import dev.belay.cli.serve.ConfigurationOptions;
import dev.belay.client.BelayClient;
import dev.belay.client.http.ServerCertificate;
import dev.belay.store.DataDirectory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which server: the one that is named, else the one that serves the data directory, which is entered with the token that lies there. */
final class ServerOptions {
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
            description = "A key with the permission sandbox; $BELAY_KEY if absent, which others on this machine cannot"
                    + " read. The server of the data directory needs none: its workspace \"default\" is used.")
    private Optional<String> key = Optional.empty();

    /** @throws ConfigurationException if no server is named and none serves the data directory */
    BelayClient connect(Map<String, String> environment) {
        Optional<String> secret = key.or(() -> variable(environment, "BELAY_KEY"));
        Optional<String> address = url.or(() -> variable(environment, "BELAY_URL"));
        try {
            if (address.isPresent()) {
                return secret.map(known -> BelayClient.connect(address.get(), known))
                        .orElseGet(() -> BelayClient.connect(address.get()));
            }
            Path directory = configuration.read(environment, Map.of()).dataDirectory();
            String served = DataDirectory.holder(directory)
                    .flatMap(DataDirectory.Holder::url)
                    .orElseThrow(() -> new ConfigurationException("no server serves the data directory " + directory
                            + "; start one with belay serve, or name one with --url"));
            return BelayClient.connect(
                    served,
                    secret.orElseGet(() -> token(directory)),
                    DataDirectory.certificate(directory).map(ServerCertificate::of));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(String.valueOf(e.getMessage()));
        }
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
