package dev.belay.agent.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.agent.session.view.SessionStatus;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.CapacityException;
import dev.belay.api.IdempotencyMismatchException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Money;
import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.store.IdempotencyStore.RequestKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionsTest {
    private static final String HANGING = "{\"steps\":[{\"delay_ms\":600000,\"text\":\"never\"}]}";

    @TempDir
    Path root;

    private House house;

    @BeforeEach
    void open() {
        house = new House(root);
    }

    @AfterEach
    void close() {
        house.close();
    }

    @Test
    void aRunWritesRunsAndAnswers() throws Exception {
        house.script("fix", """
            {"steps": [
              {"thinking": "I need a file.", "text": ["Writing ", "it."], "tool_calls": [
                 {"tool": "Write", "input": {"file_path": "hello.py", "content": "print('hello')\\n"}}]},
              {"tool_calls": [{"tool": "Bash", "input": {"command": "python3 hello.py"}}]},
              {"expect": "hello", "text": "It prints hello."}]}\
            """);

        List<EventBody> events = house.run("make it say hello", Options.script("fix"));

        assertThat(events)
                .extracting(e -> (Object) e.getClass())
                .containsExactly(
                        SessionEvent.Created.class,
                        TurnEvent.Started.class,
                        MessageEvent.Prompt.class,
                        SessionEvent.Instructed.class,
                        ModelEvent.Requested.class,
                        MessageEvent.Thinking.class,
                        MessageEvent.Text.class,
                        ToolEvent.Call.class,
                        ModelEvent.Answered.class,
                        ToolEvent.Result.class,
                        ModelEvent.Requested.class,
                        ToolEvent.Call.class,
                        ModelEvent.Answered.class,
                        ToolEvent.Result.class,
                        ModelEvent.Requested.class,
                        MessageEvent.Text.class,
                        ModelEvent.Answered.class,
                        TurnEvent.Finished.class);
        TurnEvent.Finished end = House.finished(events);
        assertThat(end.status()).isEqualTo(TurnStatus.SUCCESS);
        assertThat(end.summary()).isEqualTo("It prints hello.");
        assertThat(end.modelCalls()).isEqualTo(3);
    }

    @Test
    void whatAScriptSaysIsLabelledSo() throws Exception {
        List<Event> events = house.eventsToTheEnd(house.start("hello there", Options.DEFAULT_ECHO));

        assertThat(events)
                .filteredOn(e -> e.body() instanceof MessageEvent.Text)
                .singleElement()
                .satisfies(e -> {
                    assertThat(e.source()).isEqualTo("scripted");
                    assertThat(((MessageEvent.Text) e.body()).text()).isEqualTo("hello there");
                });
        assertThat(events)
                .extracting(Event::seq)
                .containsExactlyElementsOf(java.util.stream.LongStream.rangeClosed(1, events.size())
                        .boxed()
                        .toList());
    }

    @Test
    void aFailingToolIsToldToTheModelAndTheTurnGoesOn() throws Exception {
        house.script("fail", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "echo no >&2; exit 3"}}]},
              {"expect": "3", "text": "It failed."}]}\
            """);

        List<EventBody> events = house.run("try", Options.script("fail"));

        assertThat(House.of(events, ToolEvent.Result.class)).singleElement().satisfies(result -> {
            assertThat(result.error()).isTrue();
            assertThat(result.output()).contains("no").contains("3");
        });
        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.SUCCESS);
    }

    @Test
    void aToolThatIsNotAllowedIsRefusedAndChangesNothing() throws Exception {
        house.script("sneaky", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "echo x > /workspace/project/made"}}]},
              {"text": "done"}]}\
            """);
        RunOptions options = Options.toolsIn("sneaky", "/workspace/project", "Read");

        List<EventBody> events = house.run("try", options);

        assertThat(House.of(events, ToolEvent.Result.class)).singleElement().satisfies(result -> {
            assertThat(result.error()).isTrue();
            assertThat(result.output()).contains("Bash").contains("Read");
        });
        assertThat(root.resolve("projects")
                        .resolve(house.scope.workspace().value())
                        .resolve("project")
                        .resolve("made"))
                .doesNotExist();
    }

    @Test
    void brokenArgumentsAreToldToTheModel() throws Exception {
        house.script("broken", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": "{\\"command\\": "}, {"tool": "Bash", "input": {"comand": "ls"}},
                              {"tool": "NoSuchTool", "input": {}}]},
              {"text": "done"}]}\
            """);

        List<EventBody> events = house.run("try", Options.script("broken"));

        assertThat(House.of(events, ToolEvent.Result.class))
                .hasSize(3)
                .allSatisfy(result -> assertThat(result.error()).isTrue());
        assertThat(House.of(events, ToolEvent.Result.class).get(1).output()).contains("comand");
        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.SUCCESS);
    }

    @Test
    void theModelIsCalledAtMostAsOftenAsAllowed() throws Exception {
        String step = "{\"tool_calls\":[{\"tool\":\"Bash\",\"input\":{\"command\":\"true\"}}]}";
        house.script("endless", "{\"steps\":[" + String.join(",", java.util.Collections.nCopies(20, step)) + "]}");

        List<EventBody> events = house.run("go", Options.turns("endless", 3));

        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.MAX_TURNS);
        assertThat(House.finished(events).modelCalls()).isEqualTo(3);
        assertThat(House.of(events, ModelEvent.Requested.class)).hasSize(3);
        assertThat(House.of(events, ToolEvent.Call.class)).hasSameSizeAs(House.of(events, ToolEvent.Result.class));
    }

    @Test
    void aBudgetIsReservedBeforeACallAndNeverOvershot() throws Exception {
        String step = "{\"tool_calls\":[{\"tool\":\"Bash\",\"input\":{\"command\":\"true\"}}],"
                + "\"usage\":{\"input_tokens\":1000,\"output_tokens\":100}}";
        house.script(
                "dear",
                "{\"price\":{\"input\":3,\"output\":15},\"steps\":["
                        + String.join(",", java.util.Collections.nCopies(20, step)) + "]}");

        // A call costs 1000 x 3 + 100 x 15 = 4500 millionths of a dollar: two fit into one cent.
        List<EventBody> events = house.run("go", Options.budget("dear", "0.01"));

        TurnEvent.Finished end = House.finished(events);
        assertThat(end.status()).isEqualTo(TurnStatus.BUDGET_EXCEEDED);
        assertThat(end.cost().amount()).isEqualTo(new Money(9000));
        assertThat(end.usage().inputTokens()).isEqualTo(2000);
        assertThat(House.of(events, ModelEvent.Requested.class)).hasSize(2);
    }

    @Test
    void aHangingModelEndsAtTheTimeout() throws Exception {
        house.script("hang", HANGING);

        List<EventBody> events = house.run("go", Options.timeout("hang", Duration.ofMillis(300)));

        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.TIMEOUT);
    }

    @Test
    void aStopEndsARunningCommandAndLeavesNoProcess() throws Exception {
        house.script("sleep", """
            {"steps": [{"tool_calls": [
                {"tool": "Bash", "input": {"command": "echo begun > /workspace/stopping/begun; setsid sleep 54321 & sleep 54321"}},
                {"tool": "Bash", "input": {"command": "true"}}]}]}\
            """);
        SessionId session = house.start("go", Options.in("sleep", "/workspace/stopping"));
        Path begun = root.resolve("projects")
                .resolve(house.scope.workspace().value())
                .resolve("stopping")
                .resolve("begun");
        Awaitility.await().until(() -> Files.exists(begun));

        house.sessions.stop(house.scope, session, TurnStatus.INTERRUPTED);
        List<EventBody> events = House.bodies(house.eventsToTheEnd(session));

        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.INTERRUPTED);
        assertThat(House.of(events, ToolEvent.Result.class))
                .hasSize(2)
                .allSatisfy(r -> assertThat(r.error()).isTrue());
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(p -> p.info().commandLine().stream())
                        .filter(line -> line.contains("sleep 54321")))
                .isEmpty();
    }

    @Test
    void providerFailuresAreTriedAgainAndEachIsAnEvent() throws Exception {
        house.script("flaky", """
            {"steps": [{"error": {"status": 529, "message": "overloaded"}}, {"text": "better now"}]}\
            """);

        List<EventBody> events = house.run("go", Options.script("flaky"));

        assertThat(House.of(events, ModelEvent.Retried.class)).singleElement().satisfies(retried -> {
            assertThat(retried.error().httpStatus()).hasValue(529);
            assertThat(retried.error().message()).contains("overloaded");
        });
        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.SUCCESS);
        assertThat(House.finished(events).modelCalls()).isEqualTo(1);
    }

    @Test
    void aRefusalByTheProviderEndsTheTurnWithItsStatus() throws Exception {
        house.script("refused", "{\"steps\":[{\"error\":{\"status\":401,\"message\":\"no such key\"}}]}");

        TurnEvent.Finished end = House.finished(house.run("go", Options.script("refused")));

        assertThat(end.status()).isEqualTo(TurnStatus.ERROR);
        assertThat(end.error()).hasValueSatisfying(error -> {
            assertThat(error.httpStatus()).hasValue(401);
            assertThat(error.message()).contains("no such key");
        });
    }

    @Test
    void aScriptThatRunsOutOrExpectsOtherwiseSaysSo() throws Exception {
        house.script("short", "{\"steps\":[{\"tool_calls\":[{\"tool\":\"Bash\",\"input\":{\"command\":\"true\"}}]}]}");
        house.script("picky", "{\"steps\":[{\"expect\":\"something else\",\"text\":\"x\"}]}");

        assertThat(House.finished(house.run("go", Options.script("short"))).error())
                .hasValueSatisfying(e -> assertThat(e.code()).isEqualTo("script_ended"));
        assertThat(House.finished(house.run("go", Options.script("picky"))).error())
                .hasValueSatisfying(e -> assertThat(e.code()).isEqualTo("script_expectation"));
    }

    @Test
    void withoutAModelTheResultSaysWhatToSet() throws Exception {
        TurnEvent.Finished end = House.finished(house.run("go", RunOptions.DEFAULT));

        assertThat(end.error()).hasValueSatisfying(error -> {
            assertThat(error.code()).isEqualTo("no_model");
            assertThat(error.message()).contains("belay.toml");
        });
    }

    @Test
    void unknownModelsToolsAndDirectoriesAreRefusedBeforeAnythingStarts() {
        for (String model : List.of("gpt-99", "scripted:../../etc/passwd", "scripted:absent")) {
            assertThatThrownBy(() -> house.start("go", Options.model(model)))
                    .isInstanceOf(InvalidRequestException.class)
                    .extracting(e -> ((InvalidRequestException) e).field())
                    .isEqualTo("model");
        }
        assertThatThrownBy(() -> house.start("go", Options.tools("x", "Rm")))
                .isInstanceOf(InvalidRequestException.class);
        for (String directory :
                List.of("/etc", "/workspace/../etc", "workspace", "/workspace/UPPER", "/workspace//a", "")) {
            assertThatThrownBy(() -> house.start("go", Options.echoIn(directory)))
                    .as(directory)
                    .isInstanceOf(InvalidRequestException.class)
                    .extracting(e -> ((InvalidRequestException) e).field())
                    .isEqualTo("working_dir");
        }
        assertThatThrownBy(() -> house.start("  ", Options.DEFAULT_ECHO)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> house.start("x".repeat(2 << 20), Options.DEFAULT_ECHO))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("1048576");
    }

    @Test
    void aProjectDirectoryThroughALinkIsRefused() throws Exception {
        Path project = root.resolve("projects")
                .resolve(house.scope.workspace().value())
                .resolve("linked");
        Files.createDirectories(project);
        Files.createSymbolicLink(project.resolve("out"), Path.of("/etc"));

        assertThatThrownBy(() -> house.start("go", Options.echoIn("/workspace/linked/out")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("symbolic link");
    }

    @Test
    void filesOfAProjectDirectoryOutliveTheSessionAndPrivateOnesDoNot() throws Exception {
        house.script("write", """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "echo kept > kept.txt; echo lost > /workspace/lost.txt"}}]},
                       {"text": "ok"}]}\
            """);
        house.script("look", """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "cat kept.txt; ls /workspace"}}]}, {"text": "ok"}]}\
            """);

        house.run("go", Options.in("write", "/workspace/shared-files/sub"));
        List<EventBody> second = house.run("go", Options.in("look", "/workspace/shared-files/sub"));

        assertThat(House.of(second, ToolEvent.Result.class))
                .singleElement()
                .satisfies(result -> assertThat(result.output())
                        .contains("kept")
                        .contains("shared-files")
                        .doesNotContain("lost.txt"));
    }

    @Test
    void anotherWorkspacesSessionDoesNotExist() throws Exception {
        SessionId session = house.start("hello", Options.DEFAULT_ECHO);
        house.eventsToTheEnd(session);
        Scope other = house.anotherScope();
        Scope sibling = new Scope(house.scope.organisation(), other.workspace(), other.principal());

        for (Scope stranger : List.of(other, sibling)) {
            assertThatThrownBy(() -> house.sessions.status(stranger, session)).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> house.sessions.stop(stranger, session, TurnStatus.CANCELLED))
                    .isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> house.log.subscribe(stranger, StreamId.of(session), 0))
                    .isInstanceOf(NotFoundException.class);
        }
    }

    @Test
    void theSameKeyAndBodyIsTheSameRun() throws Exception {
        RunRequest request = new RunRequest("hello", Options.DEFAULT_ECHO);
        RequestKey key = RequestKey.of(house.scope.workspace(), "k1", "POST", "/agent/run", new byte[] {1});

        Sessions.Started first = house.sessions.start(house.scope, house.sessions.newId(), request, Optional.of(key));
        Sessions.Started again = house.sessions.start(house.scope, house.sessions.newId(), request, Optional.of(key));

        assertThat(first.attached()).isFalse();
        assertThat(again).isEqualTo(new Sessions.Started(first.session(), first.turn(), Sessions.Taken.ATTACHED));
        RequestKey otherBody = RequestKey.of(house.scope.workspace(), "k1", "POST", "/agent/run", new byte[] {2});
        assertThatThrownBy(() ->
                        house.sessions.start(house.scope, house.sessions.newId(), request, Optional.of(otherBody)))
                .isInstanceOf(IdempotencyMismatchException.class);
    }

    @Test
    void moreTurnsThanAllowedAreRefusedUntilOneEnds() throws Exception {
        house.close();
        house = new House(root, BuiltinTools.toolbox(), SessionLimits.DEFAULT.withConcurrentTurns(2));
        house.script("hang", HANGING);
        SessionId first = house.start("a", Options.script("hang"));
        house.start("b", Options.script("hang"));

        assertThatThrownBy(() -> house.start("c", Options.script("hang"))).isInstanceOf(CapacityException.class);
        house.sessions.stop(house.scope, first, TurnStatus.CANCELLED);
        house.eventsToTheEnd(first);
        Awaitility.await().ignoreExceptionsInstanceOf(CapacityException.class).until(() -> {
            house.start("c", Options.script("hang"));
            return true;
        });
    }

    @Test
    void theStatusAddsUpWhatTheEventsSay() throws Exception {
        house.script("used", """
            {"price": {"input": 1}, "steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "true"}}], "usage": {"input_tokens": 100}},
              {"text": "done", "usage": {"input_tokens": 200}}]}\
            """);
        SessionId session = house.start("count", Options.script("used"));
        List<Event> events = house.eventsToTheEnd(session);
        Awaitility.await()
                .until(() -> house.sessions
                        .status(house.scope, session)
                        .session()
                        .state()
                        .equals("idle"));

        SessionStatus status = house.sessions.status(house.scope, session);

        assertThat(status.usage().inputTokens()).isEqualTo(300);
        assertThat(status.cost().amount()).isEqualTo(new Money(300));
        assertThat(status.current()).isEmpty();
        assertThat(status.lastSeq()).isEqualTo(events.getLast().seq());
        assertThat(status.history()).singleElement().satisfies(turn -> {
            assertThat(turn.status()).isEqualTo("success");
            assertThat(turn.prompt()).isEqualTo("count");
            assertThat(turn.toSeq()).isEqualTo(events.getLast().seq());
        });
    }

    @Test
    void whatADeadProcessLeftOpenEndsAsInterrupted() throws Exception {
        house.script("sleep", """
            {"price": {"input": 1}, "steps": [
              {"text": "On it.", "tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}], "usage": {"input_tokens": 7}}]}\
            """);
        SessionId session = house.start("go", Options.script("sleep"));
        Awaitility.await()
                .until(() -> house.log.read(house.scope, StreamId.of(session), 0, 100).stream()
                        .anyMatch(e -> e.body() instanceof ModelEvent.Answered));
        // What a second process would find on disk after the first was killed now.
        Path copy = root.resolve("after");
        Files.createDirectories(copy);
        for (String file : List.of("belay.db", "belay.db-wal")) {
            Files.copy(root.resolve(file), copy.resolve(file));
        }

        try (House after = new House(copy)) {
            after.sessions.recover();

            List<Event> events = after.log.read(house.scope, StreamId.of(session), 0, 100);
            List<EventBody> bodies = House.bodies(events);
            TurnEvent.Finished end = House.finished(bodies);
            assertThat(end.status()).isEqualTo(TurnStatus.INTERRUPTED);
            assertThat(end.summary()).isEqualTo("On it.");
            assertThat(end.cost().amount()).isEqualTo(new Money(7));
            assertThat(House.of(bodies, ToolEvent.Result.class)).singleElement().satisfies(result -> {
                assertThat(result.error()).isTrue();
                assertThat(result.output()).contains("unknown");
            });
            assertThat(after.sessions.status(house.scope, session).session().state())
                    .isEqualTo("hibernated");
            long last = events.getLast().seq();
            after.sessions.recover();
            assertThat(after.sessions.status(house.scope, session).lastSeq()).isEqualTo(last);
        }
    }
}
