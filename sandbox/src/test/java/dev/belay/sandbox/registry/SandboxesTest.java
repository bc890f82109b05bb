package dev.belay.sandbox.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.IdSource;
import dev.belay.api.NotFoundException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.ExecEvent;
import dev.belay.api.event.SandboxEvent;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Redactor;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.local.LocalProvider;
import dev.belay.store.Database;
import dev.belay.store.SqliteDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sandboxes and what is recorded of them, on a real database and with real walls. */
class SandboxesTest {
    private static final Scope OURS = scope("01a00000-0000-7000-8000-000000000001");
    private static final Scope THEIRS = scope("01a00000-0000-7000-8000-000000000002");

    @TempDir
    Path root;

    private Path states;
    private Database database;
    private EventLog log;
    private Sandboxes sandboxes;

    @BeforeEach
    void open() throws Exception {
        states = Files.createDirectories(root.resolve("sandboxes"));
        database = SqliteDatabase.open(root.resolve("belay.db"));
        log = new EventLog(database, new Redactor(List.of()), InstantSource.system());
        sandboxes = newSandboxes();
    }

    @AfterEach
    void close() {
        sandboxes.close();
        database.close();
    }

    private Sandboxes newSandboxes() {
        return new Sandboxes(
                new LocalProvider(root.resolve("run")),
                database,
                log,
                new IdSource(InstantSource.system(), new Random()),
                InstantSource.system(),
                states,
                Sandboxes.Ahead.NONE);
    }

    private static Scope scope(String workspace) {
        return new Scope(
                new OrganisationId("01a00000-0000-7000-8000-000000000000"),
                new WorkspaceId(workspace),
                new Principal("test", Set.of(Permission.RUN)));
    }

    private List<EventBody> events(Scope scope, SandboxId id) {
        database.write(_ -> true); // what was handed in before is stored now
        return log.read(scope, StreamId.of(id), 0, 100).stream()
                .map(event -> event.body())
                .toList();
    }

    @Test
    void whatASandboxDidIsRecordedFromItsBeginningToItsEnd() throws Exception {
        SandboxId id;
        try (Sandbox sandbox = sandboxes.create(OURS, List.of(), SandboxLimits.DEFAULT)) {
            id = sandbox.id();
            sandbox.run(ExecSpec.shell("echo one; exit 3"));
            assertThat(states).isNotEmptyDirectory();
        }

        assertThat(events(OURS, id))
                .satisfiesExactly(
                        created -> assertThat(created).isInstanceOf(SandboxEvent.Created.class),
                        started -> assertThat(started)
                                .isInstanceOfSatisfying(
                                        ExecEvent.Started.class,
                                        exec -> assertThat(exec.command()).contains("echo one")),
                        ended -> assertThat(ended).isInstanceOfSatisfying(ExecEvent.Ended.class, exec -> {
                            assertThat(exec.exitCode()).hasValue(3);
                            assertThat(exec.stdoutBytes()).isEqualTo(4);
                        }),
                        destroyed -> assertThat(destroyed).isEqualTo(new SandboxEvent.Destroyed("closed")));
        assertThat(states).isEmptyDirectory();
    }

    @Test
    void anotherWorkspaceKnowsNothingOfIt() {
        try (Sandbox sandbox = sandboxes.create(OURS, List.of(), SandboxLimits.DEFAULT)) {
            assertThatThrownBy(() -> events(THEIRS, sandbox.id())).isInstanceOf(NotFoundException.class);
        }
    }

    @Test
    void closingItTwiceIsRecordedOnce() {
        Sandbox sandbox = sandboxes.create(OURS, List.of(), SandboxLimits.DEFAULT);
        sandbox.close();
        sandbox.close();

        assertThat(events(OURS, sandbox.id()))
                .filteredOn(SandboxEvent.Destroyed.class::isInstance)
                .hasSize(1);
    }

    @Test
    void closingAllOfThemLeavesNoFilesAndNoneOpenInTheRecords() {
        SandboxId one = sandboxes.create(OURS, List.of(), SandboxLimits.DEFAULT).id();
        SandboxId other =
                sandboxes.create(THEIRS, List.of(), SandboxLimits.DEFAULT).id();

        sandboxes.close();

        assertThat(states).isEmptyDirectory();
        assertThat(events(OURS, one)).last().isInstanceOf(SandboxEvent.Destroyed.class);
        assertThat(events(THEIRS, other)).last().isInstanceOf(SandboxEvent.Destroyed.class);
    }

    @Test
    void whatAPredecessorLeftIsEndedInTheRecordsAndDeletedOnDisk() {
        SandboxId left =
                sandboxes.create(OURS, List.of(), SandboxLimits.DEFAULT).id();
        database.write(_ -> true);

        try (Sandboxes successor = newSandboxes()) {
            successor.recover();

            assertThat(events(OURS, left)).last().isEqualTo(new SandboxEvent.Destroyed("the server stopped"));
            await().untilAsserted(() -> assertThat(states).isEmptyDirectory());
            successor.recover();
            assertThat(events(OURS, left)).hasSize(2);
        }
    }
}
