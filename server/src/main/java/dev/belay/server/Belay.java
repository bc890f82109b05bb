package dev.belay.server;

import dev.belay.agent.budget.WorkspaceBudgets;
import dev.belay.agent.context.AgentDefinition;
import dev.belay.agent.dial.Dialler;
import dev.belay.agent.mcp.DeclaredServers;
import dev.belay.agent.mcp.McpServers;
import dev.belay.agent.mcp.McpSettings;
import dev.belay.agent.model.Keyring;
import dev.belay.agent.model.Models;
import dev.belay.agent.model.catalogue.ProviderKey;
import dev.belay.agent.permission.Approvals;
import dev.belay.agent.session.RetentionRules;
import dev.belay.agent.session.SessionLimits;
import dev.belay.agent.session.Sessions;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.ConfigurationException;
import dev.belay.api.IdSource;
import dev.belay.api.Scope;
import dev.belay.api.SecretSource;
import dev.belay.api.SecretsInUse;
import dev.belay.api.event.AccessEvent;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Redactor;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.sandbox.local.LocalProvider;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.sandbox.registry.SandboxPolicy;
import dev.belay.sandbox.registry.Sandboxes;
import dev.belay.server.config.Configuration;
import dev.belay.server.operation.TurnCounts;
import dev.belay.store.DataDirectory;
import dev.belay.store.Database;
import dev.belay.store.Tx;
import dev.belay.store.secret.MasterKeys;
import dev.belay.tenancy.Bootstrap;
import dev.belay.tenancy.Secrets;
import dev.belay.tenancy.Tenancy;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The domain, wired over one data directory and its database, which it holds alone. Needs no server: the command line runs agents on it in its own process.
 * Closing it ends all turns, destroys all sandboxes and releases the directory.
 */
public final class Belay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Belay.class);

    private final DataDirectory directory;
    private final Database database;
    private final Redactor redactor;
    private final EventLog log;
    private final Tenancy tenancy;
    private final Bootstrap bootstrap;
    private final Secrets secrets;
    private final Models models;
    private final Sandboxes sandboxes;
    private final ProjectDirectories projects;
    private final SandboxLifecycle lifecycle;
    private final Sessions sessions;
    private final TurnCounts turnCounts = new TurnCounts();
    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();

    private Belay(
            DataDirectory directory,
            Configuration configuration,
            Map<String, String> environment,
            List<SecretSource> secrets) {
        this.directory = directory;
        SecretsInUse inUse = new SecretsInUse();
        List<SecretSource> all = new ArrayList<>(secrets);
        all.add(inUse);
        inUse.hold(List.copyOf(configuration.models().keys().values()));
        redactor = new Redactor(all);
        database = configuration.store().open();
        Runnable undo = database::close;
        try {
            log = new EventLog(database, redactor, clock);
            IdSource ids = new IdSource(clock, random);
            tenancy = new Tenancy(database, ids, clock, random, this::prepareAccessEvent);
            bootstrap = new Bootstrap(database, tenancy);
            this.secrets = new Secrets(
                    database,
                    new MasterKeys(directory.path(), environment),
                    inUse,
                    ProviderKey::label,
                    this::prepareAccessEvent,
                    clock);
            this.secrets.problem().ifPresent(LOG::warn);
            SessionLimits limits = limits(configuration);
            models = ModelProviders.models(directory.path(), configuration, environment, clock);
            Configuration.SandboxSettings sandbox = configuration.sandbox();
            projects = new ProjectDirectories(directory.directory("projects"));
            sandboxes = new Sandboxes(
                    LocalProvider.open(mounts(sandbox)),
                    database,
                    log,
                    ids,
                    clock,
                    directory.directory("sandboxes"),
                    new Sandboxes.Ahead(sandbox.ahead(), limits.sandbox()),
                    new SandboxPolicy(
                            sandbox.standard(), sandbox.most(), sandbox.longestExec(), sandbox.perWorkspace()));
            undo = () -> {
                sandboxes.close();
                database.close();
            };
            lifecycle = new SandboxLifecycle(sandboxes, projects);
            sessions = new Sessions(
                    new Sessions.Parts(
                            database,
                            log,
                            sandboxes,
                            lifecycle,
                            projects,
                            directory.directory("sessions"),
                            models,
                            new Keyring(inUse, scope -> provider -> this.secrets.find(scope, provider)),
                            BuiltinTools.toolbox(ids),
                            new Approvals(log, ids, clock, configuration.agent().approval()),
                            new WorkspaceBudgets(
                                    database,
                                    clock,
                                    configuration.budget().workspacePerDay(),
                                    configuration.budget().allowUnpriced()),
                            mcp(configuration, inUse),
                            agent(configuration),
                            ids,
                            clock,
                            random),
                    limits,
                    turnCounts::finished);
            sandboxes.recover();
            sessions.recover();
            sessions.retain(new RetentionRules(
                    configuration.retention().age(), configuration.retention().workspaceBytes()));
        } catch (RuntimeException | Error e) {
            undo.run();
            throw e;
        }
    }

    /**
     * Opens or creates a data directory and its database and ends what a process that died left open in it.
     *
     * @param environment the process's environment variables, for the keys of model providers and other secrets among them
     * @param secrets further values that must never be stored or shown
     * @throws dev.belay.api.ConfigurationException if another process holds the directory or the database
     * @throws dev.belay.api.StorageException if its database cannot be opened
     */
    public static Belay open(Configuration configuration, Map<String, String> environment, List<SecretSource> secrets) {
        List<SecretSource> all = new ArrayList<>(secrets);
        all.add(new EnvironmentSecrets(environment));
        all.add(new FixedSecrets(configuration.store().secrets()));
        DataDirectory directory = DataDirectory.lock(configuration.dataDirectory());
        try {
            return new Belay(directory, configuration, environment, all);
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    private static AgentDefinition agent(Configuration configuration) {
        AgentDefinition standard = AgentDefinition.standard();
        return new AgentDefinition(
                standard.name(),
                standard.systemPrompt(),
                standard.tools(),
                configuration.agent().maxTurns(),
                configuration.compaction());
    }

    private static SessionLimits limits(Configuration configuration) {
        return new SessionLimits(
                configuration.limits().concurrentTurns(),
                configuration.limits().promptBytes(),
                configuration.agent().timeout(),
                configuration.sandbox().standard(),
                configuration.sessions().queue(),
                configuration.sessions().idle(),
                configuration.sessions().lifetime(),
                configuration.sessions().liveSandboxes(),
                configuration.agent().subagents(),
                configuration.limits().waitingTurns(),
                configuration.limits().starts());
    }

    private static DeclaredServers mcp(Configuration configuration, SecretsInUse inUse) {
        return new DeclaredServers(new McpServers.Parts(
                new McpSettings(
                        McpSettings.DEFAULT.open(),
                        configuration.mcp().call(),
                        configuration.sandbox().longestExec()),
                new Dialler(configuration.mcp().allowedHosts()),
                inUse));
    }

    private static List<MountedDirectory> mounts(Configuration.SandboxSettings sandbox) {
        sandbox.mounts().forEach((name, path) -> {
            if (!Files.isDirectory(path)) {
                throw new ConfigurationException("mounts." + name + " is " + path + ", which is not a directory");
            }
        });
        return sandbox.mounts().entrySet().stream()
                .map(mount -> new MountedDirectory(mount.getValue(), mount.getKey()))
                .toList();
    }

    /** What is done to keys and workspaces is an event of the workspace, in the same unit of work. */
    private Consumer<Tx> prepareAccessEvent(Scope scope, AccessEvent event) {
        return log.prepare(scope, StreamId.of(scope.workspace()), List.of(EventDraft.of(event)))::in;
    }

    public DataDirectory directory() {
        return directory;
    }

    public Database database() {
        return database;
    }

    public Redactor redactor() {
        return redactor;
    }

    public EventLog log() {
        return log;
    }

    public Tenancy tenancy() {
        return tenancy;
    }

    public Secrets secrets() {
        return secrets;
    }

    public Models models() {
        return models;
    }

    public Bootstrap bootstrap() {
        return bootstrap;
    }

    public Sandboxes sandboxes() {
        return sandboxes;
    }

    /** The sandboxes that are kept until somebody destroys them. */
    public SandboxLifecycle lifecycle() {
        return lifecycle;
    }

    public ProjectDirectories projects() {
        return projects;
    }

    public Sessions sessions() {
        return sessions;
    }

    public TurnCounts turnCounts() {
        return turnCounts;
    }

    public Clock clock() {
        return clock;
    }

    @Override
    public void close() {
        try {
            sessions.close();
            lifecycle.close();
            sandboxes.close();
        } finally {
            database.close();
            directory.close();
        }
    }
}
