package dev.belay.agent.permission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.permission.PermissionGate.Passage;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolInputCodec;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.BelayException;
import dev.belay.api.ConflictException;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.NotFoundException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent.Asked;
import dev.belay.api.event.ToolEvent.Call;
import dev.belay.api.event.ToolEvent.Decided;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Redactor;
import dev.belay.eventlog.Subscription;
import dev.belay.store.SqliteDatabase;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A call that needs leave waits until somebody answers, the time is over, or the turn is; what was decided stays decided. */
@Timeout(60)
@ExtendWith(ToolSessions.class)
class PermissionGateTest {
    private static final Toolbox TOOLS = BuiltinTools.toolbox().with(List.of(new AskUser()));
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final PermissionPolicy ASKING = new PermissionPolicy(
            PermissionMode.DEFAULT,
            new PermissionRules(List.of(), List.of(), List.of("Bash(rm *)")),
            Optional.empty(),
            List.of());

    @TempDir
    Path root;

    private final ToolSession tools;
    private final IdSource ids = new IdSource(Clock.systemUTC(), new SecureRandom());
    private final Scope scope = someone("asker");
    private final Scope boss = new Scope(scope.organisation(), scope.workspace(), new Principal("boss", Set.of()));
    private final SessionId session = new SessionId(ids.next());
    private final StreamId stream = StreamId.of(session);
    private final TurnId turn = new TurnId(ids.next());
    private SqliteDatabase database;
    private EventLog log;
    private Approvals approvals;
    private AskHistory history = new AskHistory();

    PermissionGateTest(ToolSession tools) {
        this.tools = tools;
    }

    private Scope someone(String name) {
        return new Scope(new OrganisationId(ids.next()), new WorkspaceId(ids.next()), new Principal(name, Set.of()));
    }

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(root.resolve("belay.db"));
        start(LONG);
    }

    private void start(Duration patience) {
        log = new EventLog(database, new Redactor(List.of()), Clock.systemUTC());
        approvals = new Approvals(log, ids, Clock.systemUTC(), patience);
    }

    /** As another process finds it that is started on what this one stored. */
    private void restart() {
        start(LONG);
        history = new AskHistory();
        bodies().forEach(history::add);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private final class Waiting implements AutoCloseable {
        private final FutureTask<Passage> task;
        private final Thread thread;

        Waiting(Callable<Passage> call) {
            task = new FutureTask<>(call);
            thread = Thread.ofVirtual().start(task);
        }

        Passage passage() throws Exception {
            return task.get();
        }

        @Override
        public void close() throws InterruptedException {
            thread.interrupt();
            thread.join();
        }
    }

    private static Call bash(String command) {
        return new Call("call-1", "Bash", new JsonText("{\"command\": \"" + command + "\"}"));
    }

    private static Call question() {
        return new Call("call-1", "AskUser", new JsonText("{\"question\":\"Which?\",\"options\":[\"red\",\"blue\"]}"));
    }

    private Waiting waiting(Call call) {
        PermissionGate gate = gate();
        log.append(scope, stream, EventDraft.of(turn, call));
        return waiting(gate, call);
    }

    private Waiting waiting(PermissionGate gate, Call call) {
        Tool tool = TOOLS.find(call.tool()).orElseThrow();
        ToolInput input = ((ToolInputCodec.Parsed.Valid) new ToolInputCodec().parse(tool, call.input())).input();
        return new Waiting(() -> gate.pass(call, tool, input, tools.context()));
    }

    private PermissionGate gate() {
        return new PermissionGate(
                new TurnPermissions(ASKING, approvals, history, AskWatcher.NONE),
                scope,
                stream,
                new TurnEvents() {
                    @Override
                    public EventBody append(EventBody body) {
                        return append(scope, body);
                    }

                    @Override
                    public EventBody append(Scope by, EventBody body) {
                        return log.append(by, stream, EventDraft.of(turn, body)).body();
                    }
                },
                () -> false);
    }

    private Asked asked() {
        await().until(() -> !approvals.open(scope, session).isEmpty());
        return approvals.open(scope, session).getFirst();
    }

    private List<Event> events() {
        return log.read(scope, stream, 0, 1000);
    }

    private List<EventBody> bodies() {
        return events().stream().map(Event::body).toList();
    }

    @Test
    void whoeverReadsOfAnAskMayAnswerItAtOnce() throws Exception {
        try (var subscription = log.subscribeToNew(scope, stream);
                Waiting waiting = waiting(bash("make"))) {
            Asked asked = null;
            while (asked == null) {
                if (subscription.next(LONG).orElseThrow() instanceof Subscription.Delivery.Durable(Event event)
                        && event.body() instanceof Asked ask) {
                    asked = ask;
                }
            }
            assertThat(asked.tool()).isEqualTo("Bash");
            assertThat(asked.id()).isEqualTo("call-1");
            assertThat(asked.reason()).contains("permission_mode default");
            assertThat(asked.inputHash()).hasSize(64);

            approvals.answer(boss, session, asked.ask(), Answer.allow());

            assertThat(waiting.passage()).isEqualTo(new Passage.Made(new ToolInput(Map.of("command", "make"))));
        }
        Event last = events().getLast();
        assertThat(last.principal()).isEqualTo("boss");
        assertThat(last.turn()).contains(turn);
        assertThat(((Decided) last.body()).by()).isEqualTo(Decided.By.PRINCIPAL);
        assertThat(history.denials()).isEmpty();
    }

    @Test
    void theModelIsToldWhyItMayNot() throws Exception {
        try (Waiting waiting = waiting(bash("make"))) {
            approvals.answer(boss, session, asked().ask(), Answer.deny("not today"));
            assertThat(waiting.passage()).isInstanceOfSatisfying(Passage.Settled.class, settled -> {
                assertThat(settled.outcome().error()).isTrue();
                assertThat(settled.outcome().output()).contains("not today");
            });
        }
        assertThat(gate().denials()).singleElement().satisfies(denial -> {
            assertThat(denial.id()).isEqualTo("call-1");
            assertThat(denial.message()).isEqualTo("not today");
            assertThat(denial.input().orElseThrow().text()).contains("make");
        });
    }

    @Test
    void aDenialMayEndTheTurn() throws Exception {
        try (Waiting waiting = waiting(bash("make"))) {
            approvals.answer(
                    boss, session, asked().ask(), new Answer(false, "stop", true, Optional.empty(), Optional.empty()));
            assertThat(waiting.passage()).isInstanceOf(Passage.Ended.class);
        }
    }

    @Test
    void aRuleThatRefusesAsksNobody() throws Exception {
        try (Waiting waiting = waiting(bash("rm x"))) {
            assertThat(waiting.passage()).isInstanceOf(Passage.Settled.class);
        }
        assertThat(bodies().getLast()).isInstanceOfSatisfying(Decided.class, decided -> {
            assertThat(decided.by()).isEqualTo(Decided.By.RULE);
            assertThat(decided.ask()).isEmpty();
        });
        assertThat(history.denials()).hasSize(1);
    }

    private static Answer rewritten(String input) {
        return new Answer(true, "", false, Optional.of(new JsonText(input)), Optional.empty());
    }

    @Test
    void anAnswerMayChangeTheCallButNotToWhatIsForbidden() throws Exception {
        try (Waiting waiting = waiting(bash("make"))) {
            String ask = asked().ask();
            for (String wrong : List.of("{\"command\":7}", "{\"cmd\":\"make\"}", "{\"command\":\"ls; rm x\"}")) {
                assertThatThrownBy(() -> approvals.answer(boss, session, ask, rewritten(wrong)))
                        .isInstanceOfSatisfying(
                                InvalidRequestException.class,
                                e -> assertThat(e.field()).isEqualTo("updated_input"));
            }
            approvals.answer(boss, session, ask, rewritten("{\"command\":\"make -n\"}"));
            assertThat(waiting.passage()).isEqualTo(new Passage.Made(new ToolInput(Map.of("command", "make -n"))));
        }
    }

    @Test
    void nobodyAnswersInTime() throws Exception {
        start(Duration.ofMillis(50));
        String ask;
        try (Waiting waiting = waiting(bash("make"))) {
            assertThat(waiting.passage()).isInstanceOf(Passage.Settled.class);
        }
        Decided decided = (Decided) bodies().getLast();
        assertThat(decided.by()).isEqualTo(Decided.By.DEADLINE);
        ask = decided.ask().orElseThrow();
        assertThatThrownBy(() -> approvals.answer(boss, session, ask, Answer.deny("")))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("its deadline");
        assertThat(history.denials()).hasSize(1);
    }

    @Test
    void aTurnThatEndsTakesItsAskBack() throws Exception {
        String ask;
        try (Waiting waiting = waiting(bash("make"))) {
            ask = asked().ask();
            waiting.close();
            assertThatThrownBy(waiting::passage).hasCauseInstanceOf(InterruptedException.class);
        }
        assertThat(approvals.open(scope, session)).isEmpty();
        assertThat(((Decided) bodies().getLast()).by()).isEqualTo(Decided.By.TURN_END);
        assertThatThrownBy(() -> approvals.answer(boss, session, ask, Answer.allow()))
                .isInstanceOfSatisfying(
                        ConflictException.class, e -> assertThat(e.code()).isEqualTo("already_answered"));
    }

    @Test
    void theSameAnswerAgainIsFineAndAnotherIsNot() throws Exception {
        String ask;
        try (Waiting waiting = waiting(bash("make"))) {
            ask = asked().ask();
            approvals.answer(boss, session, ask, Answer.allow());
            waiting.passage();
        }
        int stored = bodies().size();
        assertThat(approvals.answer(boss, session, ask, Answer.allow()).allowed())
                .isTrue();
        restart();
        assertThat(approvals.answer(boss, session, ask, Answer.allow()).allowed())
                .isTrue();
        assertThatThrownBy(() -> approvals.answer(boss, session, ask, Answer.deny("")))
                .isInstanceOfSatisfying(
                        ConflictException.class, e -> assertThat(e.code()).isEqualTo("already_answered"));
        assertThat(bodies()).hasSize(stored);
    }

    @Test
    void ofManyAnswersAtOnceOneHolds() throws Exception {
        try (Waiting waiting = waiting(bash("make"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String ask = asked().ask();
            List<Future<Boolean>> answers = IntStream.range(0, 32)
                    .mapToObj(i -> threads.submit(() -> {
                        try {
                            approvals.answer(boss, session, ask, i % 2 == 0 ? Answer.allow() : Answer.deny("no"));
                            return true;
                        } catch (ConflictException e) {
                            return false;
                        }
                    }))
                    .toList();
            boolean made = waiting.passage() instanceof Passage.Made;
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get()).isEqualTo(made == (i % 2 == 0));
            }
        }
        assertThat(bodies().stream().filter(Decided.class::isInstance)).hasSize(1);
    }

    @Test
    void onlyItsOwnSessionAndInputCanBeAnswered() throws Exception {
        try (Waiting _ = waiting(bash("make"))) {
            Asked asked = asked();
            Scope stranger = someone("stranger");
            refused(NotFoundException.class, () -> approvals.answer(stranger, session, asked.ask(), Answer.allow()));
            refused(
                    NotFoundException.class,
                    () -> approvals.answer(boss, new SessionId(ids.next()), asked.ask(), Answer.allow()));
            refused(NotFoundException.class, () -> approvals.answer(boss, session, ids.next(), Answer.allow()));
            Answer other = new Answer(true, "", false, Optional.empty(), Optional.of("00"));
            refused(ConflictException.class, () -> approvals.answer(boss, session, asked.ask(), other));
            assertThat(approvals.open(stranger, session)).isEmpty();
            assertThat(approvals.open(boss, session)).hasSize(1);
            Answer bound = new Answer(true, "", false, Optional.empty(), Optional.of(asked.inputHash()));
            assertThat(approvals.answer(boss, session, asked.ask(), bound).allowed())
                    .isTrue();
        }
    }

    private static void refused(Class<? extends BelayException> as, Runnable answer) {
        assertThatThrownBy(answer::run).isInstanceOf(as);
    }

    @Test
    void theHashIsThatOfTheMeaningAndNotOfTheText() {
        assertThat(InputHashCodec.of(new JsonText("{\"a\":1,\"b\":{\"d\":[1,2.50],\"c\":null}}")))
                .isEqualTo(InputHashCodec.of(new JsonText(" { \"b\" : {\"c\":null, \"d\":[1, 2.50]}, \"a\": 1}")))
                .isNotEqualTo(InputHashCodec.of(new JsonText("{\"a\":1,\"b\":{\"d\":[2.50,1],\"c\":null}}")));
        assertThat(InputHashCodec.of(new JsonText("not json"))).hasSize(64);
    }

    @Test
    void afterARestartTheSameAskIsOpenAgain() throws Exception {
        Asked asked;
        PermissionGate before = gate();
        Waiting left = waiting(bash("make"));
        asked = asked();
        // The first process is dead from here on: what its thread would store at its end is not looked at.
        restart();
        assertThat(history.notMade("call-1")).isTrue();
        assertThatThrownBy(() -> approvals.answer(boss, session, asked.ask(), Answer.allow()))
                .isInstanceOfSatisfying(
                        ConflictException.class, e -> assertThat(e.code()).isEqualTo("ask_closed"));
        try (Waiting again = waiting(gate(), bash("make"))) {
            assertThat(asked()).isEqualTo(asked);
            approvals.answer(boss, session, asked.ask(), Answer.allow());
            assertThat(again.passage()).isInstanceOf(Passage.Made.class);
        }
        assertThat(bodies().stream().filter(Asked.class::isInstance)).hasSize(1);
        assertThat(before.denials()).isEmpty();
        left.close();
    }

    @Test
    void theTimeOfAnAskGoesOnWhileNoProcessRuns() throws Exception {
        start(Duration.ofSeconds(1));
        Waiting left = waiting(bash("make"));
        Asked asked = asked();
        await().until(() -> System.currentTimeMillis() * 1000 > asked.deadlineMicros());
        left.passage();
        List<EventBody> asDied =
                bodies().stream().filter(body -> !(body instanceof Decided)).toList();
        start(LONG);
        history = new AskHistory();
        asDied.forEach(history::add);
        try (Waiting again = waiting(gate(), bash("make"))) {
            assertThat(again.passage()).isInstanceOf(Passage.Settled.class);
        }
        assertThat(((Decided) bodies().getLast()).by()).isEqualTo(Decided.By.DEADLINE);
    }

    @Test
    void whatWasDecidedBeforeARestartHolds() throws Exception {
        try (Waiting waiting = waiting(bash("make"))) {
            approvals.answer(boss, session, asked().ask(), Answer.deny("no"));
            waiting.passage();
        }
        restart();
        assertThat(history.notMade("call-1")).isTrue();
        int stored = bodies().size();
        try (Waiting again = waiting(gate(), bash("make"))) {
            assertThat(again.passage()).isInstanceOf(Passage.Settled.class);
        }
        assertThat(bodies()).hasSize(stored);
        assertThat(history.denials()).hasSize(1);
        // A later call of the same id is another.
        try (Waiting next = waiting(bash("make"))) {
            approvals.answer(boss, session, asked().ask(), Answer.allow());
            assertThat(next.passage()).isInstanceOf(Passage.Made.class);
        }
        restart();
        assertThat(history.notMade("call-1")).isFalse();
    }

    @Test
    void aQuestionIsAnsweredWithText() throws Exception {
        try (Waiting waiting = waiting(question())) {
            Asked asked = asked();
            assertThat(asked.kind()).isEqualTo(Asked.Kind.QUESTION);
            assertThat(asked.input().text()).contains("Which?").contains("blue");
            assertThatThrownBy(() -> approvals.answer(boss, session, asked.ask(), Answer.allow()))
                    .isInstanceOfSatisfying(
                            InvalidRequestException.class,
                            e -> assertThat(e.field()).isEqualTo("message"));
            approvals.answer(boss, session, asked.ask(), Answer.allow("blue"));
            assertThat(waiting.passage()).isInstanceOfSatisfying(Passage.Settled.class, settled -> {
                assertThat(settled.outcome().error()).isFalse();
                assertThat(settled.outcome().output()).isEqualTo("blue");
            });
        }
    }

    @Test
    void aQuestionThatNobodyAnswersIsNoDenial() throws Exception {
        start(Duration.ofMillis(50));
        try (Waiting waiting = waiting(question())) {
            assertThat(waiting.passage())
                    .isInstanceOfSatisfying(
                            Passage.Settled.class,
                            settled -> assertThat(settled.outcome().output()).contains("Decide yourself"));
        }
        assertThat(history.denials()).isEmpty();
        restart();
        assertThat(history.denials()).isEmpty();
    }
}
