package dev.belay.sandbox.registry;

import dev.belay.api.BelayException;
import dev.belay.api.EpochMicros;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SandboxEvent;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxProvider;
import dev.belay.sandbox.disk.FileTrees;
import dev.belay.sandbox.live.AuditLog;
import dev.belay.sandbox.live.DiskWatch;
import dev.belay.sandbox.live.LiveSandbox;
import dev.belay.sandbox.live.RecordedSandbox;
import dev.belay.sandbox.live.SandboxFactory;
import dev.belay.sandbox.live.WarmSandboxes;
import dev.belay.store.Database;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All sandboxes of this process: makes them, records them and what they run, and destroys them. One directory per sandbox lies beneath
 * {@code directory} and is deleted with it. What this class makes belongs to its caller and goes with it; what stays until somebody destroys
 * it is made by {@link SandboxLifecycle}. Safe for many threads.
 */
public final class Sandboxes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sandboxes.class);

    private final SandboxProvider provider;
    private final Database database;
    private final EventLog log;
    private final InstantSource clock;
    private final SandboxFactory factory;
    private final DiskWatch disk;
    private final SandboxPolicy policy;
    private final Recovery recovery;
    private final Map<SandboxId, LiveSandbox> running = new ConcurrentHashMap<>();
    private final Map<SandboxId, RecordedSandbox> owned = new ConcurrentHashMap<>();

    /**
     * @param directory beneath which each sandbox has a directory of its own
     * @param ahead how many sandboxes are built before someone asks, and with which limits; see {@link #warmUp}
     */
    public Sandboxes(
            SandboxProvider provider,
            Database database,
            EventLog log,
            IdSource ids,
            InstantSource clock,
            Path directory,
            Ahead ahead) {
        this(provider, database, log, ids, clock, directory, ahead, SandboxPolicy.DEFAULT);
    }

    /** @param policy what sandboxes get, and what they may ask for */
    public Sandboxes(
            SandboxProvider provider,
            Database database,
            EventLog log,
            IdSource ids,
            InstantSource clock,
            Path directory,
            Ahead ahead,
            SandboxPolicy policy) {
        this.provider = provider;
        this.database = database;
        this.log = log;
        this.clock = clock;
        this.policy = policy;
        this.disk = new DiskWatch(provider);
        this.factory = new SandboxFactory(
                provider, ids, directory, new WarmSandboxes(provider, ids, directory, ahead.limits(), ahead.count()));
        this.recovery = new Recovery(provider, database, log, directory);
    }

    /** How many sandboxes wait for an owner, and what they may use. */
    public record Ahead(int count, SandboxLimits limits) {
        public static final Ahead NONE = new Ahead(0, SandboxLimits.DEFAULT);
    }

    /** Begins to build ahead, in the background. Call after {@link #recover}. */
    public void warmUp() {
        factory.warmUp();
    }

    /** What the provider reaches on this host. */
    public ProviderReport report() {
        return provider.report();
    }

    /** How many run now. */
    public int running() {
        return running.size();
    }

    /** @throws dev.belay.api.InvalidRequestException if the limits are above what this server gives */
    public void requireAllowed(SandboxLimits limits) {
        policy.check(limits);
    }

    /** Whether a sandbox that runs sees that directory of the host. */
    public boolean mounts(Path hostDirectory) {
        Path wanted = hostDirectory.toAbsolutePath();
        return running.values().stream()
                .flatMap(live -> live.directories().stream())
                .anyMatch(mounted -> mounted.directory().equals(wanted));
    }

    /**
     * Makes a sandbox that sees the given host directories, and returns it running. Closing it destroys it with its files.
     *
     * @throws dev.belay.api.SandboxUnavailableException if the host cannot give the walls
     * @throws dev.belay.api.InvalidRequestException if the limits are above what this server gives
     */
    public Sandbox create(Scope scope, List<MountedDirectory> directories, SandboxLimits limits) {
        policy.check(limits);
        SandboxFactory.Built built = factory.create(directories, limits);
        try {
            return record(scope, built);
        } catch (RuntimeException | Error e) {
            built.destroy();
            throw e;
        }
    }

    private Sandbox record(Scope scope, SandboxFactory.Built built) {
        Sandbox sandbox = built.sandbox();
        SandboxId id = sandbox.id();
        IsolationLevel level = sandbox.isolation().level();
        EventLog.Append append = prepare(scope, id, new SandboxEvent.Created(provider.name(), level.word()));
        database.submit(tx -> {
            SandboxStore.insert(tx, scope, id, provider.name(), level, nowMicros());
            return append.in(tx);
        });
        LiveSandbox live = live(built);
        RecordedSandbox recorded = recorded(live, scope, false, () -> {}, () -> destroy(scope, live));
        owned.put(id, recorded);
        return recorded;
    }

    private void destroy(Scope scope, LiveSandbox live) {
        owned.remove(live.id());
        takeDown(live);
        EventLog.Append append = prepare(scope, live.id(), new SandboxEvent.Destroyed("closed"));
        database.submit(tx -> {
            SandboxStore.destroyed(tx, live.id());
            return append.in(tx);
        });
        FileTrees.delete(live.state());
    }

    LiveSandbox live(SandboxFactory.Built built) {
        LiveSandbox live = new LiveSandbox(built, nowMicros());
        running.put(live.id(), live);
        return live;
    }

    Optional<LiveSandbox> live(SandboxId id) {
        return Optional.ofNullable(running.get(id));
    }

    RecordedSandbox recorded(LiveSandbox live, Scope scope, boolean awaited, Runnable onDeath, Runnable onClose) {
        return new RecordedSandbox(
                live,
                new AuditLog(log, scope, live.id(), awaited),
                new RecordedSandbox.Parts(disk, clock, policy.longestExec()),
                onDeath,
                onClose);
    }

    /** Ends all that runs inside; the files stay. */
    void takeDown(LiveSandbox live) {
        running.remove(live.id(), live);
        disk.forget(live);
        live.sandbox().close();
    }

    EventLog.Append prepare(Scope scope, SandboxId id, SandboxEvent event) {
        return log.prepare(scope, StreamId.of(id), List.of(EventDraft.of(event).withSource(AuditLog.SOURCE)));
    }

    SandboxFactory factory() {
        return factory;
    }

    SandboxProvider provider() {
        return provider;
    }

    Database database() {
        return database;
    }

    SandboxPolicy policy() {
        return policy;
    }

    long nowMicros() {
        return EpochMicros.now(clock);
    }

    /** Brings records, processes and files in line after a predecessor that died. Call once, before the first {@link #create}. */
    public void recover() {
        recovery.run();
    }

    /** Destroys every sandbox that has an owner, then closes the provider. */
    @Override
    public void close() {
        factory.close();
        for (RecordedSandbox sandbox : List.copyOf(owned.values())) {
            try {
                sandbox.close();
            } catch (BelayException e) {
                LOG.warn("the sandbox {} could not be taken down: {}", sandbox.id(), e.text());
            }
        }
        disk.close();
        provider.close();
        recovery.close();
    }
}
