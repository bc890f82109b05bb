package dev.belay.sandbox.registry;

import dev.belay.api.IdSource;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Redactor;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.sandbox.local.LocalProvider;
import dev.belay.store.SqliteDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** A registry of real sandboxes over a directory, with a clock that can be set. */
final class Registry implements AutoCloseable {
    final AtomicLong ahead = new AtomicLong();
    final InstantSource clock = () -> Instant.now().plusMillis(ahead.get());
    final IdSource ids = new IdSource(clock, new SecureRandom());
    final SqliteDatabase database;
    final EventLog log;
    final LocalProvider provider;
    final Sandboxes sandboxes;
    final SandboxLifecycle lifecycle;

    Registry(Path root) {
        this(root, SandboxPolicy.DEFAULT);
    }

    Registry(Path root, SandboxPolicy policy) {
        database = SqliteDatabase.open(root.resolve("belay.db"));
        log = new EventLog(database, new Redactor(List.of()), clock);
        provider = new LocalProvider(Path.of(System.getProperty("java.io.tmpdir")));
        sandboxes = new Sandboxes(
                provider, database, log, ids, clock, root.resolve("sandboxes"), Sandboxes.Ahead.NONE, policy);
        lifecycle = new SandboxLifecycle(sandboxes, new ProjectDirectories(root.resolve("projects")));
        sandboxes.recover();
    }

    static Scope scope(String workspace, String principal) {
        return new Scope(
                new OrganisationId(id("organisation")),
                new WorkspaceId(id(workspace)),
                new Principal(principal, EnumSet.allOf(Permission.class)));
    }

    private static String id(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }

    static SandboxRequest request() {
        return request(SandboxLimits.DEFAULT);
    }

    static SandboxRequest request(SandboxLimits limits) {
        return new SandboxRequest(
                Optional.empty(), Optional.empty(), Map.of(), limits, List.of(), Optional.empty(), Optional.empty());
    }

    static SandboxRequest idle(Duration autoStop, Duration autoDestroy) {
        return new SandboxRequest(
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                SandboxLimits.DEFAULT,
                List.of(),
                Optional.of(autoStop),
                Optional.of(autoDestroy));
    }

    /** What happened to a sandbox, in order. */
    List<EventBody> events(Scope scope, SandboxId id) {
        return log.read(scope, StreamId.of(id), 0, 1000).stream()
                .map(Event::body)
                .toList();
    }

    ExecResult run(Scope scope, SandboxId id, String line) throws InterruptedException {
        try (Sandbox sandbox = lifecycle.use(scope, id)) {
            return sandbox.run(ExecSpec.shell(line));
        }
    }

    @Override
    public void close() {
        lifecycle.close();
        sandboxes.close();
        database.close();
    }
}
