package dev.belay.agent.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.permission.Answer;
import dev.belay.agent.permission.PermissionMode;
import dev.belay.agent.permission.PermissionOptions;
import dev.belay.agent.permission.PermissionRules;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.TurnOptions;
import dev.belay.agent.session.request.TurnRequest;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.CapacityException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.SessionId;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.ToolEvent.Asked;
import dev.belay.api.event.ToolEvent.Decided;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent that needs leave: it waits, goes on as it is told, and forgets neither the question nor the answer. */
@Timeout(120)
class PermissionsTest {
    private static final PermissionOptions ASKING =
            new PermissionOptions(PermissionMode.DEFAULT, PermissionRules.NONE, true);

    @TempDir
    Path root;

    private House house;

    @BeforeEach
    void open() throws Exception {
        house = new House(root.resolve("house"));
        house.script("marks", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "echo made >> mark; cat mark"}}]},
                  {"text": "Done."}]}""");
        house.script("asks", """
                {"steps": [
                  {"tool_calls": [{"tool": "AskUser", "input": {"question": "Which colour?", "options": ["red", "blue"]}}]},
                  {"expect": "blue", "text": "Blue it is."}]}""");
        house.script("plans", """
                {"steps": [
                  {"tool_calls": [{"tool": "Write", "input": {"file_path": "a", "content": "x"}}]},
                  {"expect": "only plans", "text": "Planned."}]}""");
    }

    @AfterEach
    void close() {
        house.close();
    }

    private static RunOptions asking(String script, boolean resumed) {
        return Options.asking(resumed ? Options.resumed(script) : Options.script(script), ASKING);
    }

    private Asked asked(SessionId session) {
        await().until(() ->
                !house.sessions.approvals().open(house.scope, session).isEmpty());
        return house.sessions.approvals().open(house.scope, session).getFirst();
    }

    private void answer(SessionId session, Answer answer) {
        house.sessions.approvals().answer(house.scope, session, asked(session).ask(), answer);
    }

    private List<EventBody> toTheEnd(SessionId session) throws Exception {
        return House.bodies(house.eventsToTheEnd(session));
    }

    @Test
    void aCallIsMadeWhenSomebodyAllowsIt() throws Exception {
        SessionId session = house.start("go", asking("marks", false));
        answer(session, Answer.allow());

        List<EventBody> events = toTheEnd(session);

        assertThat(House.of(events, ToolEvent.Result.class))
                .singleElement()
                .satisfies(result -> assertThat(result.output()).isEqualTo("made\n"));
        assertThat(House.finished(events).denials()).isEmpty();
        assertThat(events.stream().filter(ToolEvent.class::isInstance).map(Object::getClass))
                .containsExactly(ToolEvent.Call.class, Asked.class, Decided.class, ToolEvent.Result.class);
    }

    @Test
    void aCallIsMadeAsTheAnswerChangesIt() throws Exception {
        SessionId session = house.start("go", asking("marks", false));
        answer(
                session,
                new Answer(
                        true, "", false, Optional.of(new JsonText("{\"command\":\"echo other\"}")), Optional.empty()));

        assertThat(House.of(toTheEnd(session), ToolEvent.Result.class)
                        .getFirst()
                        .output())
                .isEqualTo("other\n");
    }

    @Test
    void aDenialIsToldToTheModelAndAtTheEnd() throws Exception {
        SessionId session = house.start("go", asking("marks", false));
        answer(session, Answer.deny("leave it"));

        List<EventBody> events = toTheEnd(session);

        assertThat(House.of(events, ToolEvent.Result.class).getFirst().output()).contains("leave it");
        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.SUCCESS);
        assertThat(House.finished(events).denials())
                .singleElement()
                .satisfies(denial -> assertThat(denial.tool()).isEqualTo("Bash"));
    }

    @Test
    void aDenialMayEndTheTurn() throws Exception {
        SessionId session = house.start("go", asking("marks", false));
        answer(session, new Answer(false, "enough", true, Optional.empty(), Optional.empty()));

        List<EventBody> events = toTheEnd(session);

        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.INTERRUPTED);
        assertThat(House.finished(events).denials()).hasSize(1);
        assertThat(House.of(events, ToolEvent.Result.class)).hasSize(1);
    }

    @Test
    void anInterruptTakesTheAskBack() throws Exception {
        SessionId session = house.start("go", asking("marks", false));
        asked(session);
        house.sessions.stop(house.scope, session, TurnStatus.INTERRUPTED);

        List<EventBody> events = toTheEnd(session);

        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.INTERRUPTED);
        assertThat(House.of(events, Decided.class).getFirst().by()).isEqualTo(Decided.By.TURN_END);
        assertThat(house.sessions.approvals().open(house.scope, session)).isEmpty();
    }

    @Test
    void aQuestionIsAnsweredByTheUser() throws Exception {
        SessionId session = house.start("go", asking("asks", false));
        assertThat(asked(session).kind()).isEqualTo(Asked.Kind.QUESTION);
        answer(session, Answer.allow("blue"));

        assertThat(House.finished(toTheEnd(session)).summary()).isEqualTo("Blue it is.");
    }

    @Test
    void whoeverDoesNotAskForItHasNoToolThatAsks() throws Exception {
        List<EventBody> events = house.run("go", Options.script("asks"));
        assertThat(House.of(events, ToolEvent.Result.class).getFirst().output())
                .contains("There is no tool \"AskUser\"");
    }

    @Test
    void oneMessageMayOnlyPlan() throws Exception {
        SessionId session = house.sessions
                .create(house.scope, Optional.empty(), Options.script("plans"), Optional.empty())
                .session();
        house.sessions.message(
                house.scope,
                session,
                new TurnRequest(
                        "go",
                        new TurnOptions(
                                Optional.empty(),
                                OptionalInt.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(PermissionMode.PLAN),
                                false),
                        TurnRequest.WhenBusy.REFUSE,
                        Map.of()),
                Optional.empty());

        List<EventBody> events = toTheEnd(session);

        assertThat(House.finished(events).summary()).isEqualTo("Planned.");
        assertThat(House.finished(events).denials()).hasSize(1);
        // For the process that may have to go on with it.
        assertThat(TurnOptions.begunWith(
                                House.of(events, TurnEvent.Started.class).getFirst())
                        .orElseThrow()
                        .permissionMode())
                .contains(PermissionMode.PLAN);
    }

    @Test
    void aTurnThatWaitsGivesItsPlaceToOthers() throws Exception {
        house.close();
        house = new House(house.root, BuiltinTools.toolbox(), SessionLimits.DEFAULT.withConcurrentTurns(1));
        SessionId waiting = house.start("go", asking("marks", false));
        asked(waiting);

        assertThat(House.finished(house.run("hello", Options.DEFAULT_ECHO)).status())
                .isEqualTo(TurnStatus.SUCCESS);
        assertThat(house.sessions.running()).isPositive();
        answer(waiting, Answer.allow());

        assertThat(House.finished(toTheEnd(waiting)).status()).isEqualTo(TurnStatus.SUCCESS);
        await().until(() -> house.sessions.running() == 0);
    }

    @Test
    void soManyWaitAndTheOthersKeepTheirPlaces() throws Exception {
        house.close();
        house = new House(
                house.root,
                BuiltinTools.toolbox(),
                SessionLimits.DEFAULT.withConcurrentTurns(1).withWaitingTurns(1));
        asked(house.start("go", asking("marks", false)));
        asked(house.start("go", asking("asks", false)));

        assertThatThrownBy(() -> house.start("hello", Options.DEFAULT_ECHO)).isInstanceOf(CapacityException.class);
    }

    @Test
    void aRuleThatIsNoneIsRefusedBeforeAnythingRuns() {
        PermissionOptions wrong = new PermissionOptions(
                PermissionMode.DEFAULT, new PermissionRules(List.of("Bsah"), List.of(), List.of()), false);
        assertThatThrownBy(() -> house.start("go", Options.asking(Options.script("marks"), wrong)))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        e -> assertThat(e.field()).isEqualTo("permissions.allow"));
    }

    /** Goes on with what is stored now, as after a {@code kill -9}. */
    private House afterTheDeathOf(House before) throws Exception {
        Path copy = root.resolve("after");
        Files.createDirectories(copy.resolve("scripts"));
        for (String script : List.of("marks", "asks", "plans")) {
            Files.copy(before.root.resolve("scripts/" + script + ".json"), copy.resolve("scripts/" + script + ".json"));
        }
        for (String file : List.of("belay.db", "belay.db-wal")) {
            Files.copy(before.root.resolve(file), copy.resolve(file));
        }
        House after = new House(copy, before.scope);
        after.sandboxes.recover();
        after.sessions.recover();
        return after;
    }

    @Test
    void anAskSurvivesTheDeathOfItsProcess() throws Exception {
        SessionId session = house.start("go", asking("marks", true));
        Asked before = asked(session);
        House dead = house;
        try {
            house = afterTheDeathOf(dead);
            assertThat(asked(session)).isEqualTo(before);
            answer(session, Answer.allow());

            List<EventBody> events = toTheEnd(session);

            assertThat(House.finished(events).status()).isEqualTo(TurnStatus.SUCCESS);
            assertThat(House.of(events, Asked.class)).hasSize(1);
            assertThat(House.of(events, ToolEvent.Result.class))
                    .singleElement()
                    .satisfies(result -> assertThat(result.output()).isEqualTo("made\n"));
        } finally {
            dead.close();
        }
    }

    @Test
    void anAskSurvivesAStopOfItsProcess() throws Exception {
        SessionId session = house.start("go", asking("asks", true));
        Asked before = asked(session);
        house.close();
        house = new House(house.root, house.scope);
        house.sandboxes.recover();
        house.sessions.recover();

        assertThat(asked(session)).isEqualTo(before);
        answer(session, Answer.allow("blue"));

        List<EventBody> events = toTheEnd(session);
        assertThat(House.finished(events).summary()).isEqualTo("Blue it is.");
        assertThat(House.of(events, ToolEvent.Result.class)).hasSize(1);
    }

    @Test
    void aTurnThatDoesNotGoOnTakesItsAskBack() throws Exception {
        SessionId session = house.start("go", asking("marks", false));
        asked(session);
        House dead = house;
        try {
            house = afterTheDeathOf(dead);
            List<EventBody> events = House.bodies(house.log.read(house.scope, StreamId.of(session), 0, 1000));
            assertThat(House.finished(events).status()).isEqualTo(TurnStatus.INTERRUPTED);
            assertThat(House.of(events, Decided.class).getFirst().by()).isEqualTo(Decided.By.TURN_END);
            assertThat(House.finished(events).denials()).hasSize(1);
        } finally {
            dead.close();
        }
    }
}
