package dev.belay.agent.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.budget.StartRate;
import dev.belay.agent.context.Conversation;
import dev.belay.agent.model.Message;
import dev.belay.agent.session.Sessions.Started;
import dev.belay.agent.session.Sessions.Taken;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.SessionFilter;
import dev.belay.agent.session.request.TurnOptions;
import dev.belay.agent.session.request.TurnRequest;
import dev.belay.agent.session.request.TurnRequest.WhenBusy;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.BelayException;
import dev.belay.api.ConflictException;
import dev.belay.api.GoneException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.sandbox.registry.SandboxState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions beyond their first turn. */
class ManyTurnsTest {
    private static final String WORKS = """
            {"steps": [
              {"text": "Writing.", "tool_calls": [{"tool": "Write", "input": {"file_path": "a.txt", "content": "one"}}]},
              {"text": "Written."},
              {"expect": "and now", "tool_calls": [{"tool": "Bash", "input": {"command": "cat a.txt"}}]},
              {"expect": "one", "text": "It says one."},
              {"text": "Third."}]}""";
    private static final String WAITS = """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "touch begun; while [ ! -e go ]; do sleep 0.02; done; echo went"}}]},
              {"text": "Done."}, {"text": "Second."}, {"text": "Third."}]}""";

    @TempDir
    Path root;

    private House house;

    @AfterEach
    void close() {
        if (house != null) {
            house.close();
        }
    }

    private House house(SessionLimits limits) {
        house = new House(root, BuiltinTools.toolbox(), limits);
        return house;
    }

    private House house() {
        return house(SessionLimits.DEFAULT);
    }

    private SessionId session(String script) {
        return house.sessions
                .create(house.scope, Optional.empty(), Options.resumed(script), Optional.empty())
                .session();
    }

    private Started say(SessionId session, String prompt, WhenBusy whenBusy) {
        return house.sessions.message(
                house.scope, session, new TurnRequest(prompt, TurnOptions.NONE, whenBusy, Map.of()), Optional.empty());
    }

    private TurnEvent.Finished sayToTheEnd(SessionId session, String prompt) {
        return end(session, say(session, prompt, WhenBusy.REFUSE).turn());
    }

    private List<Event> events(SessionId session) {
        return house.log.read(house.scope, StreamId.of(session), 0, 1000);
    }

    private TurnEvent.Finished end(SessionId session, TurnId turn) {
        return house.end(house.scope, session, turn);
    }

    private void awaitTool(SessionId session) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> House.bodies(events(session)).stream().anyMatch(ModelEvent.Answered.class::isInstance));
    }

    @Test
    void aSecondTurnKnowsTheFirstAndFindsItsFiles() throws Exception {
        house();
        house.script("works", WORKS);
        SessionId session = session("works");

        assertThat(sayToTheEnd(session, "write a file").summary()).isEqualTo("Written.");
        assertThat(sayToTheEnd(session, "and now?").summary()).isEqualTo("It says one.");

        assertThat(house.sessions.status(house.scope, session).turns()).isEqualTo(2);
        assertThat(Conversation.read(house.log, house.scope, StreamId.of(session))
                        .messages())
                .extracting(message -> message.getClass().getSimpleName())
                .containsExactly(
                        "User",
                        "Assistant",
                        "ToolResults",
                        "Assistant",
                        "User",
                        "Assistant",
                        "ToolResults",
                        "Assistant");
    }

    @Test
    void aSecondMessageIsRefusedWhileATurnRunsOrWaitsInOrder() throws Exception {
        house(new SessionLimits(
                8,
                1 << 20,
                Duration.ofHours(1),
                SessionLimits.DEFAULT.sandbox(),
                2,
                Duration.ofHours(1),
                Duration.ofDays(1),
                8,
                10,
                8,
                StartRate.UNLIMITED));
        house.script("waits", WAITS);
        SessionId session = session("waits");
        Started first = say(session, "go", WhenBusy.REFUSE);
        awaitTool(session);

        assertThatThrownBy(() -> say(session, "again", WhenBusy.REFUSE))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("a turn runs");
        Started second = say(session, "second", WhenBusy.QUEUE);
        Started third = say(session, "third", WhenBusy.QUEUE);
        assertThat(second.taken()).isEqualTo(Taken.QUEUED);
        assertThat(house.sessions.status(house.scope, session).queued()).isEqualTo(2);
        assertThatThrownBy(() -> say(session, "too many", WhenBusy.QUEUE))
                .isInstanceOfSatisfying(
                        BelayException.class, e -> assertThat(e.code()).isEqualTo("queue_full"));

        write(session, "go");

        assertThat(end(session, first.turn()).summary()).isEqualTo("Done.");
        assertThat(end(session, second.turn()).summary()).isEqualTo("Second.");
        assertThat(end(session, third.turn()).summary()).isEqualTo("Third.");
        assertThat(House.of(House.bodies(events(session)), MessageEvent.Prompt.class))
                .extracting(MessageEvent.Prompt::text)
                .containsExactly("go", "second", "third");
    }

    /** Into the session's files, from outside. */
    private void write(SessionId session, String name) throws Exception {
        // The call is on its way before its sandbox is.
        var kept = await().atMost(Duration.ofSeconds(30))
                .until(() -> house.lifecycle.of(house.scope, session), Optional::isPresent)
                .orElseThrow();
        try (var sandbox = house.lifecycle.use(house.scope, kept.id())) {
            sandbox.files().write(name, new byte[0]);
        }
    }

    @Test
    void whatIsSaidToARunningTurnReachesTheModelBeforeItsNextCall() throws Exception {
        house();
        house.script("steered", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "while [ ! -e go ]; do sleep 0.02; done"}}]},
                  {"expect": "rather blue", "text": "Blue then."}]}""");
        SessionId session = session("steered");
        Started first = say(session, "paint it", WhenBusy.REFUSE);
        awaitTool(session);

        Started steered = say(session, "rather blue", WhenBusy.STEER);
        write(session, "go");

        assertThat(steered).isEqualTo(new Started(session, first.turn(), Taken.STEERED));
        assertThat(end(session, first.turn()).summary()).isEqualTo("Blue then.");
        assertThat(Conversation.read(house.log, house.scope, StreamId.of(session))
                        .messages())
                .filteredOn(Message.User.class::isInstance)
                .containsExactly(new Message.User("paint it"), new Message.User("rather blue"));
    }

    @Test
    void anInterruptedTurnLeavesASessionThatGoesOn() throws Exception {
        house();
        house.script("waits", WAITS);
        SessionId session = session("waits");
        Started first = say(session, "go", WhenBusy.REFUSE);
        awaitTool(session);

        assertThat(house.sessions.stop(house.scope, session, TurnStatus.INTERRUPTED))
                .isTrue();

        assertThat(end(session, first.turn()).status()).isEqualTo(TurnStatus.INTERRUPTED);
        await().until(() -> !house.sessions.stop(house.scope, session, TurnStatus.INTERRUPTED));
        assertThat(sayToTheEnd(session, "on").summary()).isEqualTo("Done.");
    }

    @Test
    void namesAreUniqueUntilTheirSessionIsDeleted() {
        house();
        RunOptions options = Options.DEFAULT_ECHO;
        SessionId first = house.sessions
                .create(house.scope, Optional.of("mine"), options, Optional.empty())
                .session();

        assertThatThrownBy(() -> house.sessions.create(house.scope, Optional.of("mine"), options, Optional.empty()))
                .isInstanceOfSatisfying(
                        BelayException.class, e -> assertThat(e.code()).isEqualTo("name_taken"));
        house.sessions.create(house.anotherScope(), Optional.of("mine"), options, Optional.empty());
        assertThat(house.sessions.list(
                        house.scope,
                        new SessionFilter(Optional.of("mine"), Optional.empty(), false),
                        Optional.empty(),
                        10))
                .singleElement()
                .satisfies(found -> assertThat(found.id()).isEqualTo(first));

        house.sessions.delete(house.scope, first);

        house.sessions.create(house.scope, Optional.of("mine"), options, Optional.empty());
    }

    @Test
    void deletingEndsTheTurnItsQueueAndItsSandboxAndKeepsTheEvents() throws Exception {
        house();
        house.script("waits", WAITS);
        SessionId session = session("waits");
        Started first = say(session, "go", WhenBusy.REFUSE);
        awaitTool(session);
        Started second = say(session, "second", WhenBusy.QUEUE);
        var sandbox = await().until(() -> house.lifecycle.of(house.scope, session), Optional::isPresent)
                .orElseThrow();

        house.sessions.delete(house.scope, session);

        assertThat(end(session, first.turn()).status()).isEqualTo(TurnStatus.CANCELLED);
        assertThat(end(session, second.turn()).status()).isEqualTo(TurnStatus.CANCELLED);
        assertThat(House.bodies(events(session)).getLast()).isEqualTo(new SessionEvent.Ended("deleted"));
        assertThat(house.lifecycle.get(house.scope, sandbox.id()).state()).isEqualTo(SandboxState.DESTROYED);
        assertThatThrownBy(() -> house.sessions.status(house.scope, session)).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> house.sessions.delete(house.scope, session)).isInstanceOf(NotFoundException.class);
    }

    @Test
    void anIdleSessionHibernatesAndWakesWithItsFiles() throws Exception {
        house(new SessionLimits(
                8,
                1 << 20,
                Duration.ofHours(1),
                SessionLimits.DEFAULT.sandbox(),
                2,
                Duration.ofMillis(300),
                Duration.ofDays(1),
                8,
                10,
                8,
                StartRate.UNLIMITED));
        house.sessions.recover();
        house.script("works", WORKS);
        SessionId session = session("works");
        sayToTheEnd(session, "write a file");
        var sandbox = house.lifecycle.of(house.scope, session).orElseThrow();

        await().atMost(Duration.ofSeconds(20))
                .until(() -> house.lifecycle.get(house.scope, sandbox.id()).state() == SandboxState.STOPPED);

        assertThat(house.sessions.status(house.scope, session).session().state())
                .isEqualTo("hibernated");
        assertThat(sayToTheEnd(session, "and now?").summary()).isEqualTo("It says one.");
    }

    @Test
    void aSessionExpiresAndSaysSo() throws Exception {
        house(new SessionLimits(
                8,
                1 << 20,
                Duration.ofHours(1),
                SessionLimits.DEFAULT.sandbox(),
                2,
                Duration.ofMillis(200),
                Duration.ofMillis(1),
                8,
                10,
                8,
                StartRate.UNLIMITED));
        house.script("works", WORKS);
        house.sessions.recover();
        SessionId session = session("works");

        await().atMost(Duration.ofSeconds(20))
                .until(() -> house.sessions
                        .status(house.scope, session)
                        .session()
                        .state()
                        .equals("expired"));

        assertThatThrownBy(() -> say(session, "hello", WhenBusy.REFUSE)).isInstanceOf(GoneException.class);
    }

    @Test
    void aTurnGoesOnInTheNextProcessAndDoesNotRepeatWhatItMayHaveDone() throws Exception {
        house();
        house.script("waits", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}, {"tool": "Read", "input": {"file_path": "none"}}]},
                  {"expect": "not made", "text": "Looked."}, {"expect": "second", "text": "Second."}]}""");
        SessionId session = session("waits");
        Started first = say(session, "go", WhenBusy.REFUSE);
        awaitTool(session);
        Started second = say(session, "second", WhenBusy.QUEUE);
        House before = house;
        try (House after = afterTheDeathOf(before, "waits")) {
            assertThat(after.end(before.scope, session, first.turn()).summary()).isEqualTo("Looked.");
            assertThat(after.end(before.scope, session, second.turn()).summary())
                    .isEqualTo("Second.");
            List<EventBody> bodies = House.bodies(after.log.read(before.scope, StreamId.of(session), 0, 1000));
            assertThat(House.of(bodies, ToolEvent.Result.class))
                    .hasSize(2)
                    .allSatisfy(result -> assertThat(result.error()).isTrue());
            assertThat(House.of(bodies, ToolEvent.Result.class).getFirst().output())
                    .contains("unknown");
            assertThat(House.of(bodies, TurnEvent.Resumed.class)).hasSize(1);
        }
    }

    @Test
    void whatAMessageAskedForHoldsWhenItsTurnGoesOn() throws Exception {
        house();
        house.script("waits", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}]},
                  {"text": "Never.", "delay_ms": 600000}]}""");
        SessionId counted = session("waits");
        SessionId timed = session("waits");
        Started once = say(counted, options(OptionalInt.of(1), Optional.empty()));
        Started briefly = say(timed, options(OptionalInt.empty(), Optional.of(Duration.ofSeconds(5))));
        awaitTool(counted);
        awaitTool(timed);
        House before = house;
        try (House after = afterTheDeathOf(before, "waits")) {
            assertThat(after.end(before.scope, counted, once.turn()).status()).isEqualTo(TurnStatus.MAX_TURNS);
            TurnEvent.Finished late = after.end(before.scope, timed, briefly.turn());
            assertThat(late.status()).isEqualTo(TurnStatus.TIMEOUT);
            assertThat(late.durationMillis()).isBetween(5000L, 9000L);
        }
    }

    private static TurnOptions options(OptionalInt maxTurns, Optional<Duration> timeout) {
        return new TurnOptions(Optional.empty(), maxTurns, Optional.empty(), timeout);
    }

    private Started say(SessionId session, TurnOptions options) {
        return house.sessions.message(
                house.scope, session, new TurnRequest("go", options, WhenBusy.REFUSE, Map.of()), Optional.empty());
    }

    /** Goes on with what is stored now, as after a {@code kill -9}. */
    private House afterTheDeathOf(House before, String script) throws Exception {
        Path copy = root.resolve("after");
        Files.createDirectories(copy.resolve("scripts"));
        Files.copy(root.resolve("scripts/" + script + ".json"), copy.resolve("scripts/" + script + ".json"));
        for (String file : List.of("belay.db", "belay.db-wal")) {
            Files.copy(before.root.resolve(file), copy.resolve(file));
        }
        House after = new House(copy);
        after.sandboxes.recover();
        after.sessions.recover();
        return after;
    }
}
