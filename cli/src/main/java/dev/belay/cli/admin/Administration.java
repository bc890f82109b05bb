package dev.belay.cli.admin;

import dev.belay.api.ConfigurationException;
import dev.belay.api.KeyId;
import dev.belay.client.http.ServerCertificate;
import dev.belay.server.Belay;
import dev.belay.server.config.Configuration;
import dev.belay.store.DataDirectory;
import dev.belay.tenancy.ApiKey;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.StoredSecret;
import dev.belay.tenancy.Workspace;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What the operator of a data directory may do to its tenants. Organisations and workspaces are named by name or id. */
sealed interface Administration extends AutoCloseable permits LocalAdministration, ServedAdministration {
    Organisation createOrganisation(String name);

    List<Organisation> organisations();

    Workspace createWorkspace(String organisation, String name);

    List<Workspace> workspaces(String organisation);

    IssuedKey createKey(String organisation, NewKey key);

    List<ApiKey> keys(String organisation);

    void revokeKey(String organisation, KeyId key);

    /** @param provider the id of the model provider whose key it is */
    StoredSecret setSecret(WorkspaceName workspace, String provider, String value);

    List<StoredSecret> secrets(WorkspaceName workspace);

    void removeSecret(WorkspaceName workspace, String name);

    /**
     * What a workspace's turns used, as {@code GET /agent/usage} answers.
     *
     * @param query {@code from}, {@code to} and {@code by}, where they are not the usual
     */
    JsonNode usage(WorkspaceName workspace, Map<String, String> query);

    /** A workspace of an organisation, both by name or id. */
    record WorkspaceName(String organisation, String workspace) {}

    @Override
    void close();

    /**
     * A key to be made.
     *
     * @param permissions their words, at least one
     */
    record NewKey(String name, String workspace, Set<String> permissions, Optional<Instant> expires) {}

    /**
     * Through the server that holds the data directory, or, if nobody holds it, on the directory itself.
     *
     * @throws ConfigurationException if a process holds it that does not serve, or whose token cannot be read
     */
    static Administration open(Configuration configuration, Map<String, String> environment) {
        Path directory = configuration.dataDirectory();
        Optional<String> url = DataDirectory.holder(directory).flatMap(DataDirectory.Holder::url);
        if (url.isEmpty()) {
            return new LocalAdministration(Belay.open(configuration, environment, List.of()));
        }
        String token = DataDirectory.localToken(directory)
                .orElseThrow(() -> new ConfigurationException("the data directory " + directory
                        + " is served by another user's process, whose token cannot be read; run this as that user"));
        return new ServedAdministration(
                url.get(), token, DataDirectory.certificate(directory).map(ServerCertificate::of));
    }
}
