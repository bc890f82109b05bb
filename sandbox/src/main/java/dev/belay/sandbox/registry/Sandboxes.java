package dev.belay.sandbox.registry;

import dev.belay.sandbox.disk.FileTrees;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxProvider;

import dev.belay.api.BelayException;
import dev.belay.api.EpochMicros;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SandboxEvent;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.store.Database;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All sandboxes of this process: makes them, records them and what they run, and destroys them. One directory per sandbox lies beneath
 * {@code directory} and is deleted with it. Safe for many threads.
 */
public final class Sandboxes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sandboxes.class);
    static final String SOURCE = "sandbox";

    private final SandboxProvider provider;
    private final Database database;
    private final EventLog log;
    private final IdSource ids;
    private final InstantSource clock;
    private final Path directory;
    private final WarmSandboxes warm;
    private final Map<SandboxId, RecordedSandbox> running = new ConcurrentHashMap<>();

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
        this.provider = provider;
        this.database = database;
        this.log = log;
        this.ids = ids;
        this.clock = clock;
        this.directory = directory;
        this.warm = new WarmSandboxes(provider, ids, directory, ahead.limits(), ahead.count());
    }

    /** How many sandboxes wait for an owner, and what they may use. */
    public record Ahead(int count, SandboxLimits limits) {
        public static final Ahead NONE = new Ahead(0, SandboxLimits.DEFAULT);
    }

    /** Begins to build ahead, in the background. Call after {@link #recover}. */
    public void warmUp() {
        warm.fill();
    }

    /** What the provider reaches on this host. */
    public ProviderReport report() {
        return provider.report();
    }

    /**
     * Makes a sandbox that sees the given host directories, and returns it running. Closing it destroys it with its files.
     *
     * @throws dev.belay.api.SandboxUnavailableException if the host cannot give the walls
     */
    public Sandbox create(Scope scope, List<MountedDirectory> directories, SandboxLimits limits) {
        WarmSandboxes.Built built = warm.take(directories, limits)
                .orElseGet(
                        () -> WarmSandboxes.build(provider, new SandboxId(ids.next()), directory, directories, limits));
        try {
            return record(scope, built);
        } catch (RuntimeException | Error e) {
            built.destroy();
            throw e;
        }
    }

    private Sandbox record(Scope scope, WarmSandboxes.Built built) {
        Sandbox sandbox = built.sandbox();
        SandboxId id = sandbox.id();
        IsolationLevel level = sandbox.isolation().level();
        EventLog.Append append = log.prepare(
                scope,
                StreamId.of(id),
                List.of(EventDraft.of(new SandboxEvent.Created(provider.name(), level.word()))
                        .withSource(SOURCE)));
        database.submit(tx -> {
            SandboxStore.insert(tx, scope, id, provider.name(), level, nowMicros());
            return append.in(tx);
        });
        RecordedSandbox recorded =
                new RecordedSandbox(sandbox, scope, log, clock, () -> destroyed(scope, id, built.state()));
        running.put(id, recorded);
        return recorded;
    }

    private void destroyed(Scope scope, SandboxId id, Path state) {
        running.remove(id);
        EventLog.Append append = log.prepare(
                scope,
                StreamId.of(id),
                List.of(EventDraft.of(new SandboxEvent.Destroyed("closed")).withSource(SOURCE)));
        database.submit(tx -> {
            SandboxStore.destroyed(tx, id);
            return append.in(tx);
        });
        FileTrees.delete(state);
    }

    /** Ends in the records, and deletes on disk, what a predecessor that died left behind. Call once, before the first {@link #create}. */
    public void recover() {
        List<SandboxStore.Left> left = database.read(SandboxStore::running);
        for (SandboxStore.Left one : left) {
            EventLog.Append append = log.prepare(
                    one.scope(),
                    StreamId.of(one.id()),
                    List.of(EventDraft.of(new SandboxEvent.Destroyed("the server stopped"))
                            .withSource(SOURCE)));
            database.write(tx -> {
                SandboxStore.destroyed(tx, one.id());
                return append.in(tx);
            });
        }
        FileTrees.deleteContent(directory);
        if (!left.isEmpty()) {
            LOG.info("removed {} sandboxes that an earlier process left", left.size());
        }
    }

    private long nowMicros() {
        return EpochMicros.now(clock);
    }

    /** Destroys every sandbox, then closes the provider. */
    @Override
    public void close() {
        warm.close();
        for (RecordedSandbox sandbox : List.copyOf(running.values())) {
            try {
                sandbox.close();
            } catch (BelayException e) {
                LOG.warn("the sandbox {} could not be taken down: {}", sandbox.id(), e.text());
            }
        }
        provider.close();
    }
}
