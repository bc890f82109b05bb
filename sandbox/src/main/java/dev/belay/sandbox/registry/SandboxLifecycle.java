package dev.belay.sandbox.registry;

import dev.belay.api.BelayException;
import dev.belay.api.CapacityException;
import dev.belay.api.ConflictException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.SandboxEvent;
import dev.belay.eventlog.EventLog;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxUsage;
import dev.belay.sandbox.disk.FileTrees;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.sandbox.live.LiveSandbox;
import dev.belay.sandbox.live.SandboxFactory;
import dev.belay.store.Database;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sandboxes that are kept until somebody destroys them: {@code create → running ↔ stopped → destroyed}. Files survive stop and start, and a
 * restart of this process. A transition has one winner; whoever asks meanwhile gets a {@link ConflictException}. Safe for many threads.
 */
public final class SandboxLifecycle implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SandboxLifecycle.class);
    /** A deadline is stored again when it would move by more than this part of the time that a sandbox may be idle. */
    private static final int RENEWED_PART = 20;

    private final Sandboxes sandboxes;
    private final Database database;
    private final SandboxPolicy policy;
    private final ProjectDirectories projects;
    private final Deadlines deadlines;
    private final Map<SandboxId, Held> held = new ConcurrentHashMap<>();
    private final Transitions transitions;

    /** One that runs, and when its last use was stored. */
    private record Held(LiveSandbox live, Scope owner, SandboxRequest request, AtomicLong storedMicros) {}

    public SandboxLifecycle(Sandboxes sandboxes, ProjectDirectories projects) {
        this.sandboxes = sandboxes;
        this.database = sandboxes.database();
        this.policy = sandboxes.policy();
        this.projects = projects;
        this.deadlines = new Deadlines(this::enforceDeadlines);
        this.transitions = new Transitions(sandboxes);
    }

    /** Begins to hold sandboxes to their deadlines. Call after {@link Sandboxes#recover}. */
    public void watchDeadlines() {
        deadlines.start();
    }

    /** What sandboxes get here, and what they may ask for. */
    public SandboxPolicy policy() {
        return policy;
    }

    /**
     * Makes a sandbox and returns it running.
     *
     * @throws dev.belay.api.InvalidRequestException if more is asked for than this server gives
     * @throws CapacityException if the workspace has as many as it may
     * @throws dev.belay.api.SandboxUnavailableException if the host cannot give the walls
     */
    public KeptSandbox create(Scope scope, SandboxRequest request) {
        return create(scope, request, Optional.empty());
    }

    /** As above, for a session, which is the only one to find it; it does not count as one of the workspace's. */
    public KeptSandbox createFor(SessionId session, Scope scope, SandboxRequest request) {
        return create(scope, request, Optional.of(session));
    }

    /** The sandbox of that session, unless it is destroyed. */
    public Optional<KeptSandbox> of(Scope scope, SessionId session) {
        return database.read(view -> SandboxStore.of(view, scope, session));
    }

    private KeptSandbox create(Scope scope, SandboxRequest request, Optional<SessionId> session) {
        policy.check(request.limits());
        SandboxFactory.Built built = sandboxes.factory().create(directories(scope, request), request.limits());
        try {
            hold(built, scope, request);
            long now = sandboxes.nowMicros();
            KeptSandbox made = new KeptSandbox(
                    built.sandbox().id(),
                    scope,
                    scope.principal().name(),
                    true,
                    Optional.of(request),
                    SandboxState.RUNNING,
                    sandboxes.provider().name(),
                    built.sandbox().isolation().level().word(),
                    now,
                    now,
                    after(now, request.autoStop()),
                    after(now, request.autoDestroy()));
            EventLog.Append event =
                    sandboxes.prepare(scope, made.id(), new SandboxEvent.Created(made.provider(), made.isolation()));
            database.write(tx -> {
                if (session.isEmpty() && SandboxStore.countKept(tx, scope) >= policy.perWorkspace()) {
                    throw new CapacityException("the workspace has " + policy.perWorkspace()
                            + " sandboxes, as many as it may; destroy one first");
                }
                SandboxStore.insert(tx, made, session);
                return event.in(tx);
            });
            deadlines.changed();
            return made;
        } catch (RuntimeException | Error e) {
            takeDown(built.sandbox().id());
            built.destroy();
            throw e;
        }
    }

    private void hold(SandboxFactory.Built built, Scope owner, SandboxRequest request) {
        LiveSandbox live = sandboxes.live(built);
        held.put(live.id(), new Held(live, owner, request, new AtomicLong(live.lastUseMicros())));
    }

    private List<MountedDirectory> directories(Scope scope, SandboxRequest request) {
        return request.projects().stream()
                .map(name -> projects.open(scope, name))
                .toList();
    }

    private static OptionalLong after(long micros, Optional<Duration> time) {
        return time.isPresent() ? OptionalLong.of(micros + time.get().toNanos() / 1000) : OptionalLong.empty();
    }

    /** Any sandbox of the workspace; @throws NotFoundException if there is none of that id. */
    public KeptSandbox get(Scope scope, SandboxId id) {
        return database.read(view -> SandboxStore.find(view, scope, id))
                .orElseThrow(() -> new NotFoundException("there is no sandbox " + id));
    }

    /** The workspace's kept sandboxes, oldest first, without the destroyed. */
    public List<KeptSandbox> list(Scope scope) {
        return database.read(view -> SandboxStore.list(view, scope));
    }

    /** As {@link #inspect}, at once and as it was when it was looked up: what its files take is what was seen last, nothing if it does not run. */
    public Inspection glance(KeptSandbox sandbox) {
        Optional<LiveSandbox> live = sandboxes.live(sandbox.id());
        return Inspection.of(sandbox, live, policy, live.map(LiveSandbox::disk).orElse(new SandboxUsage.Disk(0, 0)));
    }

    /** All that can be told of a sandbox. Takes as long as its files take to be counted. */
    public Inspection inspect(Scope scope, SandboxId id) {
        KeptSandbox sandbox = get(scope, id);
        Optional<LiveSandbox> live = sandboxes.live(id);
        return Inspection.of(
                sandbox,
                live,
                policy,
                sandbox.state() == SandboxState.DESTROYED
                        ? new SandboxUsage.Disk(0, 0)
                        : sandboxes.provider().diskUsage(sandboxes.factory().stateOf(id)));
    }

    /**
     * A running sandbox to be used; what is done with it is recorded as the scope's, and durable when it returns. Closing it lets it go and
     * does not stop it; meanwhile it does not count as idle.
     *
     * @throws ConflictException {@code sandbox_not_running} if it does not run
     */
    public Sandbox use(Scope scope, SandboxId id) {
        return use(scope, id, true);
    }

    /** As above; what is done is durable with the next thing that is awaited. */
    public Sandbox useUnawaited(Scope scope, SandboxId id) {
        return use(scope, id, false);
    }

    private Sandbox use(Scope scope, SandboxId id, boolean awaited) {
        KeptSandbox sandbox = get(scope, id);
        Held running = held.get(id);
        if (sandbox.state() != SandboxState.RUNNING || running == null) {
            throw Transitions.notRunning(sandbox);
        }
        if (!running.live().sandbox().isAlive()) {
            ended(sandbox, running);
            throw Transitions.notRunning(get(scope, id));
        }
        LiveSandbox live = running.live();
        live.entered();
        return sandboxes.recorded(live, scope, awaited, () -> ended(sandbox, running), () -> {
            live.left(sandboxes.nowMicros());
            renew(running);
        });
    }

    /** Ends all that runs in it and keeps its files. */
    public KeptSandbox stop(Scope scope, SandboxId id) {
        return stop(scope, get(scope, id), "asked");
    }

    private KeptSandbox stop(Scope scope, KeptSandbox sandbox, String reason) {
        try (Transitions.Move move =
                transitions.begin(sandbox, Set.of(SandboxState.RUNNING), SandboxState.STOPPING, "stopped")) {
            takeDown(sandbox.id());
            move.end(scope, new SandboxEvent.Stopped(reason), tx -> SandboxStore.stopped(tx, sandbox.id()));
            return get(scope, sandbox.id());
        }
    }

    /** Runs it again over its files. */
    public KeptSandbox start(Scope scope, SandboxId id) {
        KeptSandbox sandbox = get(scope, id);
        SandboxRequest request = sandbox.request().orElseThrow(() -> Transitions.notRunning(sandbox));
        // What a transition that broke off has left is no reason to refuse: nobody works on it.
        Set<SandboxState> from = Set.of(SandboxState.STOPPED, SandboxState.STOPPING, SandboxState.STARTING);
        try (Transitions.Move move = transitions.begin(sandbox, from, SandboxState.STARTING, "started")) {
            try {
                SandboxFactory.Built built =
                        sandboxes.factory().again(id, directories(scope, request), request.limits());
                hold(built, scope, request);
                IsolationLevel level = built.sandbox().isolation().level();
                long now = sandboxes.nowMicros();
                move.end(scope, new SandboxEvent.Started(level.word()), tx -> {
                    SandboxStore.started(tx, id, level);
                    SandboxStore.used(tx, id, now, after(now, request.autoStop()), after(now, request.autoDestroy()));
                });
            } catch (RuntimeException | Error e) {
                takeDown(id);
                database.write(tx -> SandboxStore.move(tx, id, Set.of(SandboxState.STARTING), SandboxState.STOPPED));
                throw e;
            }
            deadlines.changed();
            return get(scope, id);
        }
    }

    /** Ends all that runs in it and deletes its files. Its events stay. */
    public void destroy(Scope scope, SandboxId id) {
        destroy(scope, get(scope, id), "asked");
    }

    private void destroy(Scope scope, KeptSandbox sandbox, String reason) {
        Set<SandboxState> from = EnumSet.complementOf(EnumSet.of(SandboxState.DESTROYED));
        try (Transitions.Move move = transitions.begin(sandbox, from, SandboxState.DESTROYING, "destroyed")) {
            takeDown(sandbox.id());
            FileTrees.delete(sandboxes.factory().stateOf(sandbox.id()));
            move.end(scope, new SandboxEvent.Destroyed(reason), tx -> SandboxStore.destroyed(tx, sandbox.id()));
        }
    }

    /** Nothing is known any more of the sandboxes that a session had and that are destroyed; their streams are to be erased before. */
    public void forget(SessionId session) {
        database.write(tx -> {
            SandboxStore.forget(tx, session);
            return true;
        });
    }

    /** The sandboxes that a session had, destroyed ones among them. */
    public List<SandboxId> all(SessionId session) {
        return database.read(view -> SandboxStore.all(view, session));
    }

    private void takeDown(SandboxId id) {
        Held running = held.remove(id);
        if (running != null) {
            sandboxes.takeDown(running.live());
        }
    }

    /** Its process 1 is gone, or hung and was killed. Nothing happens if somebody takes it down at the moment. */
    private void ended(KeptSandbox sandbox, Held running) {
        if (running.live().sandbox().isAlive() || !held.remove(sandbox.id(), running)) {
            return;
        }
        sandboxes.takeDown(running.live());
        try (Transitions.Move move =
                transitions.begin(sandbox, Set.of(SandboxState.RUNNING), SandboxState.STOPPING, "stopped")) {
            move.end(
                    sandbox.scope(),
                    new SandboxEvent.Stopped("its process 1 ended or did not answer"),
                    tx -> SandboxStore.stopped(tx, sandbox.id()));
        } catch (ConflictException e) {
            LOG.debug("the sandbox {} ended while it was taken down", sandbox.id(), e);
        }
    }

    /** Stores that it was used, unless that hardly moves its deadlines. */
    private void renew(Held running) {
        long used = running.live().lastUseMicros();
        Optional<Duration> shortest = Stream.of(
                        running.request().autoStop(), running.request().autoDestroy())
                .flatMap(Optional::stream)
                .min(Comparator.naturalOrder());
        long stored = running.storedMicros().get();
        if (shortest.isPresent()
                && used - stored > shortest.get().toNanos() / 1000 / RENEWED_PART
                && running.storedMicros().compareAndSet(stored, used)) {
            SandboxRequest request = running.request();
            SandboxId id = running.live().id();
            database.submit(tx -> {
                SandboxStore.used(tx, id, used, after(used, request.autoStop()), after(used, request.autoDestroy()));
                return true;
            });
        }
    }

    /** Stops and destroys what was not used for too long. Returns when the next one is due, if any, in microseconds from now. */
    OptionalLong enforceDeadlines() {
        long now = sandboxes.nowMicros();
        for (KeptSandbox due : database.read(view -> SandboxStore.due(view, now))) {
            try {
                enforce(due, now);
            } catch (ConflictException e) {
                LOG.debug("a deadline met another request: {}", e.text());
            } catch (BelayException e) {
                LOG.warn("the deadline of sandbox {} could not be enforced: {}", due.id(), e.text());
            }
        }
        OptionalLong next = database.read(SandboxStore::nextDeadline);
        return next.isPresent() ? OptionalLong.of(next.getAsLong() - now) : OptionalLong.empty();
    }

    private void enforce(KeptSandbox due, long now) {
        Held running = held.get(due.id());
        if (running != null) {
            long used = running.live().inUse() ? now : running.live().lastUseMicros();
            if (used > due.usedMicros()) {
                SandboxRequest request = running.request();
                OptionalLong stopAt = after(used, request.autoStop());
                OptionalLong destroyAt = after(used, request.autoDestroy());
                running.storedMicros().set(used);
                database.write(tx -> {
                    SandboxStore.used(tx, due.id(), used, stopAt, destroyAt);
                    return true;
                });
                if (stopAt.orElse(Long.MAX_VALUE) > now && destroyAt.orElse(Long.MAX_VALUE) > now) {
                    return;
                }
            }
        }
        if (due.destroyAtMicros().orElse(Long.MAX_VALUE) <= now) {
            destroy(due.scope(), due, "it was not used for too long");
        } else {
            stop(due.scope(), due, "it was not used for too long");
        }
    }

    /** Stops all that run; they are there, stopped, after the next start. */
    @Override
    public void close() {
        deadlines.close();
        for (Held running : List.copyOf(held.values())) {
            SandboxId id = running.live().id();
            try {
                KeptSandbox row = get(running.owner(), id);
                stop(row.scope(), row, "the server stopped");
            } catch (BelayException e) {
                LOG.warn("the sandbox {} could not be stopped: {}", id, e.text());
            }
        }
    }
}
