package dev.belay.agent.session;

import dev.belay.agent.budget.WorkspaceBudgets;
import dev.belay.agent.context.AgentDefinition;
import dev.belay.agent.mcp.DeclaredServers;
import dev.belay.agent.model.Keyring;
import dev.belay.agent.model.Models;
import dev.belay.agent.model.scripted.ScriptedProvider;
import dev.belay.agent.permission.Approvals;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.IdSource;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Redactor;
import dev.belay.eventlog.Subscription;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.sandbox.local.LocalProvider;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.sandbox.registry.Sandboxes;
import dev.belay.store.SqliteDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;

/** Everything that sessions are made of, for real, over a temporary directory. */
final class House implements AutoCloseable {
    final Path root;
    final IdSource ids = new IdSource(Clock.systemUTC(), new SecureRandom());
    final SqliteDatabase database;
    final EventLog log;
    final Sandboxes sandboxes;
    final ProjectDirectories projects;
    final SandboxLifecycle lifecycle;
    final Sessions.Parts parts;
    final Sessions sessions;
    final Scope scope;

    House(Path root) {
        this(root, BuiltinTools.toolbox(), SessionLimits.DEFAULT);
    }

    /** For that scope again. */
    House(Path root, Scope scope) {
        this(root, BuiltinTools.toolbox(), SessionLimits.DEFAULT, AgentDefinition.standard(), Optional.of(scope));
    }

    House(Path root, Toolbox tools, SessionLimits limits) {
        this(root, tools, limits, AgentDefinition.standard());
    }

    House(Path root, Toolbox tools, SessionLimits limits, AgentDefinition agent) {
        this(root, tools, limits, agent, Optional.empty());
    }

    private House(Path root, Toolbox tools, SessionLimits limits, AgentDefinition agent, Optional<Scope> known) {
        this.root = root;
        try {
            Files.createDirectories(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        database = SqliteDatabase.open(root.resolve("belay.db"));
        log = new EventLog(database, new Redactor(List.of()), Clock.systemUTC());
        sandboxes = new Sandboxes(
                new LocalProvider(Path.of(System.getProperty("java.io.tmpdir"))),
                database,
                log,
                ids,
                Clock.systemUTC(),
                root.resolve("sandboxes"),
                Sandboxes.Ahead.NONE);
        projects = new ProjectDirectories(root.resolve("projects"));
        lifecycle = new SandboxLifecycle(sandboxes, projects);
        parts = new Sessions.Parts(
                database,
                log,
                sandboxes,
                lifecycle,
                projects,
                root.resolve("sessions"),
                new Models(List.of(new ScriptedProvider(root.resolve("scripts"))), name -> name, Models.Defaults.NONE),
                Keyring.empty(),
                tools,
                new Approvals(log, ids, Clock.systemUTC(), Duration.ofMinutes(5)),
                new WorkspaceBudgets(database, Clock.systemUTC(), Optional.empty(), false),
                DeclaredServers.standard(),
                agent,
                ids,
                Clock.systemUTC(),
                new SecureRandom());
        sessions = new Sessions(parts, limits);
        scope = known.orElseGet(this::anotherScope);
    }

    Scope anotherScope() {
        return new Scope(
                new OrganisationId(ids.next()),
                new WorkspaceId(ids.next()),
                new Principal("tester", EnumSet.allOf(Permission.class)));
    }

    /** Puts a script where the scripted model finds it. */
    void script(String name, String json) throws IOException {
        Files.createDirectories(root.resolve("scripts"));
        Files.writeString(root.resolve("scripts").resolve(name + ".json"), json);
    }

    SessionId start(String prompt, RunOptions options) {
        return sessions.start(scope, sessions.newId(), new RunRequest(prompt, options))
                .session();
    }

    /** Runs to the end and returns the bodies of all events, in order. */
    List<EventBody> run(String prompt, RunOptions options) throws Exception {
        return bodies(eventsToTheEnd(start(prompt, options)));
    }

    List<Event> eventsToTheEnd(SessionId session) throws Exception {
        List<Event> events = new ArrayList<>();
        try (Subscription subscription = log.subscribe(scope, StreamId.of(session), 0)) {
            while (true) {
                var next = subscription.next(Duration.ofSeconds(60));
                if (next.isEmpty()) {
                    throw new AssertionError("the turn did not end; so far: " + events);
                }
                if (next.get() instanceof Subscription.Delivery.Durable(Event event)) {
                    events.add(event);
                    if (event.body() instanceof TurnEvent.Finished) {
                        return events;
                    }
                }
            }
        }
    }

    /** How that turn ended, once it has. */
    TurnEvent.Finished end(Scope whose, SessionId session, TurnId turn) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> log.read(whose, StreamId.of(session), 0, 1000).stream()
                                .filter(event -> event.turn().equals(Optional.of(turn)))
                                .map(Event::body)
                                .filter(TurnEvent.Finished.class::isInstance)
                                .map(TurnEvent.Finished.class::cast)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    static List<EventBody> bodies(List<Event> events) {
        return events.stream().map(Event::body).toList();
    }

    static TurnEvent.Finished finished(List<EventBody> bodies) {
        return (TurnEvent.Finished) bodies.getLast();
    }

    static <T extends EventBody> List<T> of(List<EventBody> bodies, Class<T> type) {
        return bodies.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Override
    public void close() {
        sessions.close();
        lifecycle.close();
        sandboxes.close();
        database.close();
    }
}
