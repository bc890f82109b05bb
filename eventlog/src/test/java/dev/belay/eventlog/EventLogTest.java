package dev.belay.eventlog;

import static dev.belay.eventlog.LogFixture.from1To;
import static dev.belay.eventlog.LogFixture.seqs;
import static dev.belay.eventlog.LogFixture.session;
import static dev.belay.eventlog.LogFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConflictException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.Foreign;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.testpostgres.StoreKind;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class EventLogTest {
    @Parameter
    StoreKind store;

    @TempDir
    Path directory;

    private LogFixture fixture;
    private EventLog log;

    @BeforeEach
    void open() {
        fixture = new LogFixture(store, directory);
        log = fixture.log;
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void whatIsAppendedIsReadBackInOrderAlsoAfterReopening() {
        EventDraft prompt = new EventDraft(
                Optional.of(LogFixture.TURN), OptionalLong.of(1), "scripted", new MessageEvent.Prompt("fix it"));
        List<Event> appended = new ArrayList<>(log.append(fixture.ours, session(1), List.of(text("a"), prompt)));
        appended.add(log.append(fixture.ours, session(1), text("c")));

        assertThat(seqs(appended)).containsExactly(1L, 2L, 3L);
        assertThat(appended.get(1).timeMicros()).isEqualTo(1_893_553_445_678_901L);
        assertThat(appended.get(1).principal()).isEqualTo("tester");
        assertThat(fixture.all(session(1))).isEqualTo(appended);

        fixture.close();
        fixture = new LogFixture(store, directory);
        assertThat(fixture.all(session(1))).isEqualTo(appended);
        assertThat(fixture.log.append(fixture.ours, session(1), text("d")).seq())
                .isEqualTo(4);
    }

    @Test
    void aCursorMeansWhatCameAfterIt() {
        for (int i = 0; i < 10; i++) {
            log.append(fixture.ours, session(1), text("t" + i));
        }

        assertThat(seqs(log.read(fixture.ours, session(1), 0, 3))).containsExactly(1L, 2L, 3L);
        assertThat(seqs(log.read(fixture.ours, session(1), 7, 100))).containsExactly(8L, 9L, 10L);
        assertThat(log.read(fixture.ours, session(1), 10, 100)).isEmpty();
        assertThat(log.read(fixture.ours, session(1), 99, 100)).isEmpty();
    }

    @Test
    void manyWritersOnFewStreamsLeaveNoGapAlsoWhenUnitsFailAfterAppending() throws Exception {
        int writers = 64;
        int each = 20;
        List<Future<List<Event>>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int w = 0; w < writers; w++) {
                int writer = w;
                answers.add(threads.submit(() -> write(writer, each)));
            }
        }

        List<Event> acknowledged = new ArrayList<>();
        for (Future<List<Event>> answer : answers) {
            acknowledged.addAll(answer.get());
        }
        List<Event> stored = new ArrayList<>();
        for (int s = 0; s < 3; s++) {
            List<Event> events = fixture.all(session(s));
            assertThat(seqs(events)).isEqualTo(from1To(events.size()));
            stored.addAll(events);
        }
        assertThat(stored).containsExactlyInAnyOrderElementsOf(acknowledged);
        assertThat(stored).hasSizeGreaterThan(writers * each / 2);
    }

    /** Appends one or two events at a time; every third unit fails after its append. */
    private List<Event> write(int writer, int times) {
        List<Event> acknowledged = new ArrayList<>();
        StreamId stream = session(writer % 3);
        for (int i = 0; i < times; i++) {
            List<EventDraft> drafts = IntStream.rangeClosed(0, i % 2)
                    .mapToObj(n -> text(writer + "." + n))
                    .toList();
            EventLog.Append append = log.prepare(fixture.ours, stream, drafts);
            if (i % 3 == 2) {
                assertThatThrownBy(() -> fixture.database.write(tx -> {
                            append.in(tx);
                            throw new ConflictException("busy", "the rest of the unit failed");
                        }))
                        .isInstanceOf(ConflictException.class);
            } else {
                acknowledged.addAll(fixture.database.write(append::in));
            }
        }
        return acknowledged;
    }

    @Test
    void twoAppendsToOneStreamInOneUnitFollowEachOther() {
        EventLog.Append first = log.prepare(fixture.ours, session(1), List.of(text("a")));
        EventLog.Append second = log.prepare(fixture.ours, session(1), List.of(text("b")));
        EventLog.Append elsewhere = log.prepare(fixture.ours, session(2), List.of(text("c")));

        fixture.database.write(tx -> List.of(first.in(tx), second.in(tx), elsewhere.in(tx)));

        assertThat(seqs(fixture.all(session(1)))).containsExactly(1L, 2L);
        assertThat(seqs(fixture.all(session(2)))).containsExactly(1L);
    }

    @Test
    void appendingNothingDoesNothing() {
        assertThat(log.append(fixture.ours, session(1), List.of())).isEmpty();

        assertThatThrownBy(() -> fixture.all(session(1))).isInstanceOf(NotFoundException.class);
        assertThat(log.append(fixture.ours, session(1), text("a")).seq()).isEqualTo(1);
    }

    @Test
    void theStreamOfAnotherTenantDoesNotExist() {
        StreamId access = StreamId.of(fixture.ours.workspace());
        log.append(fixture.ours, session(1), text("ours"));
        log.append(fixture.ours, access, text("ours"));

        for (Scope other : List.of(fixture.theirs, fixture.sibling)) {
            for (StreamId stream : List.of(session(1), access)) {
                assertThatThrownBy(() -> log.read(other, stream, 0, 10))
                        .isInstanceOf(NotFoundException.class)
                        .hasMessageNotContaining("ours");
                assertThatThrownBy(() -> log.subscribe(other, stream, 0)).isInstanceOf(NotFoundException.class);
                assertThatThrownBy(() -> log.append(other, stream, text("theirs")))
                        .isInstanceOf(NotFoundException.class);
            }
        }
        assertThat(fixture.all(session(1))).hasSize(1);
        assertThat(log.append(fixture.ours, session(1), text("again")).seq()).isEqualTo(2);
    }

    @Test
    void theStreamOfAnotherTenantDoesNotExistAlsoAfterReopening() {
        log.append(fixture.ours, session(1), text("ours"));
        fixture.close();
        fixture = new LogFixture(store, directory);

        assertThatThrownBy(() -> fixture.log.append(fixture.theirs, session(1), text("theirs")))
                .isInstanceOf(NotFoundException.class);
        assertThat(fixture.all(session(1))).hasSize(1);
    }

    @Test
    void theStreamOfAnotherWorkspaceCannotBeTakenBeforeItsFirstEvent() {
        StreamId access = StreamId.of(fixture.ours.workspace());

        assertThatThrownBy(() -> log.append(fixture.theirs, access, text("theirs")))
                .isInstanceOf(NotFoundException.class);

        assertThat(log.append(fixture.ours, access, text("ours")).seq()).isEqualTo(1);
    }

    @Test
    void aStreamThatNobodyWroteToDoesNotExist() {
        assertThatThrownBy(() -> log.read(fixture.ours, session(1), 0, 10))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("session");
        assertThatThrownBy(() -> log.subscribe(fixture.ours, session(1), 0)).isInstanceOf(NotFoundException.class);
    }

    @Test
    void anEventThatIsTooLargeIsRefusedWithItsSize() {
        String large = "x".repeat(EventLog.MAX_BODY);

        assertThatThrownBy(() -> log.append(fixture.ours, session(1), text(large)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(String.valueOf(EventLog.MAX_BODY));
    }

    @Test
    void secretsAreNotInWhatIsStoredAndNotInWhatIsReturned() {
        fixture.secret("openai", "sk-not-for-the-log");
        EventDraft call = EventDraft.of(new ToolEvent.Call(
                "1", "Bash", new JsonText("{\"command\": \"curl -H \\\"Bearer sk-not-for-the-log\\\"\"}")));

        Event returned = log.append(fixture.ours, session(1), call);

        assertThat(returned.body())
                .isEqualTo(new ToolEvent.Call(
                        "1", "Bash", new JsonText("{\"command\":\"curl -H \\\"Bearer [redacted openai]\\\"\"}")));
        assertThat(fixture.all(session(1))).containsExactly(returned);
    }

    @Test
    void theJsonAroundASecretStaysJsonWhateverTheSecretIs() {
        fixture.secret("quote", "\"text\":\"");
        fixture.secret("escape", "nABCDEFGH");
        fixture.secret("unicode", "0000ABCDEFGH");
        fixture.secret("number", "1893553445");
        String text = "\nABCDEFGH \u0000ABCDEFGH {\"text\":\"nABCDEFGH\"}";
        List<EventDraft> drafts = List.of(
                text(text),
                EventDraft.of(new ToolEvent.Result("1", "Bash", "1893553445", false, 1893553445, 0)),
                EventDraft.of(new ToolEvent.Call("1", "Bash", new JsonText("{\"nABCDEFGH\":1893553445,\"b\":1.50}"))),
                EventDraft.of(new Foreign("x", new JsonText("{\"a\":\"\\nABCDEFGH\",\"b\":[\"nABCDEFGH\"]}"))));

        List<Event> returned = log.append(fixture.ours, session(1), drafts);

        assertThat(returned)
                .extracting(Event::body)
                .containsExactly(
                        new MessageEvent.Text("\nABCDEFGH \u0000ABCDEFGH {[redacted quote][redacted escape]\"}"),
                        new ToolEvent.Result("1", "Bash", "[redacted number]", false, 1893553445, 0),
                        new ToolEvent.Call(
                                "1", "Bash", new JsonText("{\"[redacted escape]\":\"[redacted number]\",\"b\":1.50}")),
                        new Foreign("x", new JsonText("{\"a\":\"\\nABCDEFGH\",\"b\":[\"[redacted escape]\"]}")));
        assertThat(fixture.all(session(1))).isEqualTo(returned);
    }

    @Test
    void aSeqThatIsTakenIsReadAgainAndTheAppendGoesOnBehindIt() {
        log.append(fixture.ours, session(1), text("ours"));
        EventLog another = new EventLog(fixture.database, new Redactor(List.of()), InstantSource.system());
        another.append(fixture.ours, session(1), text("another's"));

        Event next = log.append(fixture.ours, session(1), text("ours again"));

        assertThat(next.seq()).isEqualTo(3);
        assertThat(seqs(fixture.all(session(1)))).containsExactly(1L, 2L, 3L);
    }
}
