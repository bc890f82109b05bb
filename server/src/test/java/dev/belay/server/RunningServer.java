package dev.belay.server;

import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.KeyRequest;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.Workspace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A real server on a free port over a temporary data directory, with the administrator's key of its first start. */
public final class RunningServer implements AutoCloseable {
    private final Path data;
    private final BelayServer server;
    private final String key;

    private RunningServer(Path data, BelayServer server, String key) {
        this.data = data;
        this.server = server;
        this.key = key;
    }

    public static RunningServer start(Path data) {
        return start(data, Map.of());
    }

    /** With settings by key, for example {@code limits.body_bytes}. */
    public static RunningServer start(Path data, Map<String, String> settings) {
        return start(data, settings, false, ServerOptions.HEARTBEAT);
    }

    public static RunningServer startDev(Path data) {
        return start(data, Map.of(), true, ServerOptions.HEARTBEAT);
    }

    public static RunningServer start(Path data, Map<String, String> settings, boolean dev, Duration heartbeat) {
        return start(data, new ServerOptions(configuration(data, settings), Map.of(), dev, heartbeat));
    }

    /** With environment variables, for example the keys of model providers. */
    public static RunningServer start(Path data, Map<String, String> settings, Map<String, String> environment) {
        return start(
                data, new ServerOptions(configuration(data, settings), environment, false, ServerOptions.HEARTBEAT));
    }

    public static RunningServer start(
            Path data, Map<String, String> settings, Map<String, String> environment, Duration heartbeat) {
        return start(data, new ServerOptions(configuration(data, settings), environment, false, heartbeat));
    }

    private static RunningServer start(Path data, ServerOptions options) {
        BelayServer server = BelayServer.start(options);
        // A server without keys shows none; the tests that want one there get it as an administrator would make it.
        String key = server.firstKey()
                .or(server.belay().bootstrap()::firstStart)
                .map(IssuedKey::secret)
                .orElse("");
        return new RunningServer(data, server, key);
    }

    static Configuration configuration(Path data, Map<String, String> settings) {
        Map<String, String> flags = new HashMap<>(Map.of(
                "server.port", "0", "data.directory", data.toString(), "agent.model", "scripted", "log.level", "warn"));
        flags.putAll(settings);
        return Configuration.read(new ConfigurationSources(Optional.empty(), flags, Map.of()));
    }

    /** Puts a script where the model {@code scripted:NAME} finds it. */
    public void script(String name, String json) {
        try {
            Files.writeString(Files.createDirectories(data.resolve("scripts")).resolve(name + ".json"), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public BelayServer server() {
        return server;
    }

    public Path data() {
        return data;
    }

    public String url() {
        return server.url();
    }

    /** A client with the administrator's key. */
    public Api api() {
        return new Api(url(), Map.of("Authorization", "Bearer " + key));
    }

    /** A client with that key. */
    public Api api(IssuedKey issued) {
        return new Api(url(), Map.of("X-API-Key", issued.secret()));
    }

    public Api anonymous() {
        return new Api(url(), Map.of());
    }

    public String key() {
        return key;
    }

    public Organisation organisation(String name) {
        return server.belay().tenancy().createOrganisation(name);
    }

    public Workspace workspace(Organisation organisation, String name) {
        return server.belay().tenancy().createWorkspace(organisation.id(), name);
    }

    public IssuedKey key(Workspace workspace, String name, Set<Permission> permissions) {
        Scope scope = server.belay().tenancy().localScope(workspace.organisation(), workspace.id());
        return server.belay()
                .tenancy()
                .createKey(scope, new KeyRequest(name, workspace.id(), permissions, Optional.empty()));
    }

    public IssuedKey key(Workspace workspace, String name) {
        return key(workspace, name, EnumSet.allOf(Permission.class));
    }

    /** The workspace that the administrator's key works in. */
    public Workspace defaultWorkspace() {
        List<Workspace> workspaces = server.belay()
                .tenancy()
                .workspaces(server.belay().tenancy().organisations().getFirst().id());
        return workspaces.getFirst();
    }

    @Override
    public void close() {
        server.close();
    }
}
