package dev.belay.agent.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.model.Keyring;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.ModelAnswer;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelListener;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.Models;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.BelayException;
import dev.belay.api.JsonText;
import dev.belay.api.Money;
import dev.belay.api.SessionId;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import dev.belay.store.IdempotencyStore.RequestKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever breaks, a turn ends, and once. */
@Timeout(120)
class TurnFaultTest {
    private static final String HANGING = "{\"steps\":[{\"delay_ms\":600000,\"text\":\"never\"}]}";

    @TempDir
    Path root;

    private Optional<House> house = Optional.empty();

    private House house(Toolbox tools, SessionLimits limits) {
        House opened = new House(root, tools, limits);
        house = Optional.of(opened);
        return opened;
    }

    private House house() {
        return house(BuiltinTools.toolbox(), SessionLimits.DEFAULT);
    }

    @AfterEach
    void close() {
        house.ifPresent(House::close);
    }

    @Test
    void aTurnEndsWhoseLastTextFillsAWholeEvent() throws Exception {
        House house = house();
        house.script("long", "{\"steps\":[{\"text\":\"" + "x".repeat(EventLog.MAX_BODY - 20) + "\"}]}");

        List<EventBody> events = afterwards(house, house.start("go", Options.script("long")));

        assertThat(House.of(events, MessageEvent.Text.class)).hasSize(1);
        TurnEvent.Finished end = House.finished(events);
        assertThat(end.status()).isEqualTo(TurnStatus.SUCCESS);
        assertThat(end.summary()).startsWith("xxx").endsWith("…");
    }

    @Test
    void aTurnEndsWhoseErrorIsLongerThanAnEventMayBe() throws Exception {
        House house = house();
        house.script(
                "error",
                "{\"steps\":[{\"error\":{\"status\":400,\"message\":\"" + "x".repeat(EventLog.MAX_BODY) + "\"}}]}");

        List<EventBody> events = afterwards(house, house.start("go", Options.script("error")));

        assertThat(House.finished(events).status()).isEqualTo(TurnStatus.ERROR);
        assertThat(House.finished(events).error().orElseThrow().code()).isEqualTo("model_error");
    }

    @Test
    void aToolThatBreaksBadlyStillHasAResultAndTheTurnGoesOn() throws Exception {
        House house = house(with("Read", new Broken("Read", new StackOverflowError())), SessionLimits.DEFAULT);
        house.script("reads", """
            {"steps": [{"tool_calls": [{"tool": "Read", "input": {}}]}, {"text": "So be it."}]}\
            """);

        List<EventBody> events = house.run("go", Options.script("reads"));

        assertThat(House.of(events, ToolEvent.Result.class))
                .singleElement()
                .satisfies(result -> assertThat(result.error()).isTrue());
        assertThat(House.finished(events).summary()).isEqualTo("So be it.");
    }

    @Test
    void aClassThatCannotBeLoadedEndsTheTurnAndNotTheStream() throws Exception {
        House house = house(with("Read", new Broken("Read", new NoClassDefFoundError("gone"))), SessionLimits.DEFAULT);
        house.script("reads", "{\"steps\": [{\"tool_calls\": [{\"tool\": \"Read\", \"input\": {}}]}]}");

        List<EventBody> events = house.run("go", Options.script("reads"));

        assertThat(House.finished(events).error().orElseThrow().code()).isEqualTo("internal");
    }

    @Test
    void whatTheModelHasSaidBeforeAStopIsKept() throws Exception {
        House house = house();
        CountDownLatch said = new CountDownLatch(1);
        Sessions.Parts parts = house.parts;
        try (Sessions sessions = new Sessions(
                new Sessions.Parts(
                        parts.database(),
                        parts.log(),
                        parts.sandboxes(),
                        parts.lifecycle(),
                        parts.projects(),
                        parts.directory(),
                        new Models(List.of(new Thoughtful(said)), name -> name, Models.Defaults.NONE),
                        Keyring.empty(),
                        parts.tools(),
                        parts.approvals(),
                        parts.budgets(),
                        parts.mcp(),
                        parts.agent(),
                        parts.ids(),
                        parts.clock(),
                        parts.random()),
                SessionLimits.DEFAULT)) {
            SessionId session = sessions.start(
                            house.scope, sessions.newId(), new RunRequest("go", Options.model("thoughtful")))
                    .session();
            said.await();

            sessions.stop(house.scope, session, TurnStatus.INTERRUPTED);

            List<EventBody> events = House.bodies(house.eventsToTheEnd(session));
            assertThat(House.of(events, MessageEvent.Text.class)).hasSize(1);
            assertThat(House.finished(events).status()).isEqualTo(TurnStatus.INTERRUPTED);
        }
    }

    @Test
    void aRetryFindsItsRunAlsoWhenNoFurtherOneMayStart() throws Exception {
        House house = house(BuiltinTools.toolbox(), SessionLimits.DEFAULT.withConcurrentTurns(1));
        house.script("hang", HANGING);
        RequestKey key = RequestKey.of(house.scope.workspace(), "k1", "POST", "/agent/run", new byte[] {1});
        RunRequest request = new RunRequest("go", Options.script("hang"));
        Sessions.Started first = house.sessions.start(house.scope, house.sessions.newId(), request, Optional.of(key));
        Files.delete(root.resolve("scripts/hang.json"));

        Sessions.Started again = house.sessions.start(house.scope, house.sessions.newId(), request, Optional.of(key));

        assertThat(again).isEqualTo(new Sessions.Started(first.session(), first.turn(), Sessions.Taken.ATTACHED));
    }

    @Test
    void theNextTurnMayStartAsSoonAsTheEndOfTheLastIsTold() throws Exception {
        House house = house(BuiltinTools.toolbox(), SessionLimits.DEFAULT.withConcurrentTurns(1));
        house.script("works", """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "true"}}]}, {"text": "Done."}]}\
            """);
        for (int i = 0; i < 5; i++) {
            assertThat(House.finished(house.run("go", Options.script("works"))).status())
                    .isEqualTo(TurnStatus.SUCCESS);
        }
    }

    @Test
    void whileTheEndCannotBeStoredTheSandboxIsGoneAllTheSame() throws Exception {
        House house = house();
        house.script("works", """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "head -c 1000000 /dev/zero > big"}}]},
                       {"delay_ms": 600000, "text": "never"}]}\
            """);
        SessionId session = house.start("go", Options.script("works"));
        await().until(() -> house.sessions.status(house.scope, session).modelCalls() == 1
                && house.sessions
                        .status(house.scope, session)
                        .current()
                        .orElseThrow()
                        .tool()
                        .isEmpty());
        breakStore(house);
        house.sessions.stop(house.scope, session, TurnStatus.INTERRUPTED);

        await().until(() -> house.sessions.unrecorded(session).isPresent());
        await().untilAsserted(() -> assertThat(root.resolve("sandboxes")).isEmptyDirectory());

        mendStore(house);
        assertThat(House.finished(House.bodies(house.eventsToTheEnd(session))).status())
                .isEqualTo(TurnStatus.INTERRUPTED);
        await().untilAsserted(
                        () -> assertThat(house.sessions.unrecorded(session)).isEmpty());
    }

    @Test
    void closingDoesNotWaitForAStoreThatTakesNothing() throws Exception {
        House house = house();
        house.script("hang", HANGING);
        SessionId session = house.start("go", Options.script("hang"));
        await().until(() -> house.log.read(house.scope, StreamId.of(session), 0, 100).stream()
                .anyMatch(event -> event.body() instanceof ModelEvent.Requested));
        breakStore(house);

        house.sessions.close();

        assertThat(house.sessions.unrecorded(session))
                .hasValueSatisfying(end -> assertThat(end.status()).isEqualTo(TurnStatus.INTERRUPTED));
        mendStore(house);
    }

    @Test
    void closingDoesNotWaitForATurnThatNeverBegan() throws Exception {
        House house = house();
        SessionId taken = house.start("first", Options.DEFAULT_ECHO);
        await().until(() -> house.sessions.running() == 0);
        CountDownLatch release = new CountDownLatch(1);
        var blocked = house.database.submit(tx -> {
            await().until(() -> release.getCount() == 0);
            return true;
        });
        var second = CompletableFuture.supplyAsync(
                () -> house.sessions.start(house.scope, taken, new RunRequest("second", Options.DEFAULT_ECHO)));
        await().until(() -> house.sessions.running() == 1);
        var closing = CompletableFuture.runAsync(house.sessions::close);
        release.countDown();

        assertThat(blocked.await()).isTrue();
        assertThatThrownBy(second::join).hasCauseInstanceOf(BelayException.class);
        closing.join();
    }

    /** The store refuses every event from now on, and cannot be read. */
    private static void breakStore(House house) {
        house.database.write(tx -> tx.update("ALTER TABLE event RENAME TO event_away"));
    }

    private static void mendStore(House house) {
        house.database.write(tx -> tx.update("ALTER TABLE event_away RENAME TO event"));
    }

    private static Toolbox with(String name, Tool tool) {
        Toolbox all = BuiltinTools.toolbox();
        return new Toolbox(all.names().stream()
                .map(each -> each.equals(name) ? tool : all.find(each).orElseThrow())
                .toList());
    }

    /** The events of a turn, once it is over. */
    private static List<EventBody> afterwards(House house, SessionId session) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> house.sessions
                        .status(house.scope, session)
                        .session()
                        .state()
                        .equals("idle"));
        return House.bodies(house.log.read(house.scope, StreamId.of(session), 0, 100));
    }

    /** A model that says something and then takes its time. */
    private record Thoughtful(CountDownLatch said) implements ModelProvider, ModelClient {
        @Override
        public String name() {
            return "thoughtful";
        }

        @Override
        public String source() {
            return "thoughtful";
        }

        @Override
        public ModelClient client(String model) {
            return this;
        }

        @Override
        public ModelAnswer ask(ModelRequest request, ModelListener listener) throws InterruptedException {
            listener.block(new Message.Block.Text("First I think."));
            said.countDown();
            new CountDownLatch(1).await();
            throw new AssertionError("nobody lets it go on");
        }

        @Override
        public Optional<Money> worstCase(ModelRequest request) {
            return Optional.of(Money.ZERO);
        }
    }

    /** A tool from outside that fails with what no tool should throw. */
    private record Broken(String name, Error thrown) implements Tool {
        @Override
        public String description() {
            return "breaks";
        }

        @Override
        public JsonText inputSchema() {
            return new JsonText("{\"type\":\"object\"}");
        }

        @Override
        public boolean readsOnly() {
            return true;
        }

        @Override
        public ToolOutcome call(ToolInput input, ToolContext context) {
            throw thrown;
        }
    }
}
