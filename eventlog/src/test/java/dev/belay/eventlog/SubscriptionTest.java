package dev.belay.eventlog;

import static dev.belay.eventlog.LogFixture.NOW;
import static dev.belay.eventlog.LogFixture.SOON;
import static dev.belay.eventlog.LogFixture.TURN;
import static dev.belay.eventlog.LogFixture.drain;
import static dev.belay.eventlog.LogFixture.events;
import static dev.belay.eventlog.LogFixture.from1To;
import static dev.belay.eventlog.LogFixture.seqs;
import static dev.belay.eventlog.LogFixture.session;
import static dev.belay.eventlog.LogFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.belay.api.event.Delta;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.Subscription.Delivery;
import dev.belay.eventlog.Subscription.ReaderTooSlowException;
import dev.belay.testpostgres.StoreKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class SubscriptionTest {
    @Parameter
    StoreKind store;

    private static final StreamId STREAM = session(1);

    @TempDir
    Path directory;

    private LogFixture fixture;
    private EventLog log;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void open() {
        fixture = new LogFixture(store, directory);
        log = fixture.log;
        log.append(fixture.ours, STREAM, text("first"));
    }

    @AfterEach
    void close() {
        threads.close();
        fixture.close();
    }

    private Subscription subscribe(long afterSeq) {
        return log.subscribe(fixture.ours, STREAM, afterSeq);
    }

    private List<Event> readUntil(long afterSeq, long lastSeq) throws Exception {
        try (Subscription subscription = subscribe(afterSeq)) {
            List<Event> events = new ArrayList<>();
            while (subscription.cursor() < lastSeq) {
                if (subscription.next(SOON).orElseThrow() instanceof Delivery.Durable(Event event)) {
                    events.add(event);
                }
            }
            return events;
        }
    }

    @Test
    void aReaderThatWasThereBeforeTheStreamGetsAllOfIt() throws Exception {
        StreamId fresh = session(77);
        try (Subscription subscription = log.subscribeToNew(fixture.ours, fresh)) {
            assertThat(subscription.next(Duration.ZERO)).isEmpty();
            log.append(fixture.ours, fresh, List.of(text("first"), text("second")));
            log.append(fixture.ours, fresh, text("third"));
            List<Event> got = new ArrayList<>();
            while (got.size() < 3) {
                if (subscription.next(SOON).orElseThrow() instanceof Delivery.Durable(Event event)) {
                    got.add(event);
                }
            }
            assertThat(got).isEqualTo(log.read(fixture.ours, fresh, 0, 10));
        }
    }

    @Test
    void historyAndLiveAreOneSequenceFromAnyCursorWhileAWriterWrites() throws Exception {
        int total = 1500;
        Future<?> writer = threads.submit(() -> {
            for (int i = 1; i < total; i++) {
                log.append(fixture.ours, STREAM, text("t" + i));
            }
        });
        List<Future<List<Event>>> readers = new ArrayList<>();
        List<Long> cursors = new ArrayList<>();
        while (readers.size() < 60) {
            long newest = log.read(fixture.ours, STREAM, 0, Integer.MAX_VALUE)
                    .getLast()
                    .seq();
            long cursor = readers.size() % 3 == 0 ? 0 : newest * (readers.size() % 3) / 2;
            cursors.add(cursor);
            readers.add(threads.submit(() -> readUntil(cursor, total)));
        }
        writer.get();

        List<Event> all = fixture.all(STREAM);
        assertThat(seqs(all)).isEqualTo(from1To(total));
        for (int r = 0; r < readers.size(); r++) {
            assertThat(readers.get(r).get())
                    .isEqualTo(all.subList(cursors.get(r).intValue(), total));
        }
    }

    @Test
    void whatIsAppendedIsThereForTheSubscriberWhenTheWriterIsTold() throws Exception {
        try (Subscription subscription = subscribe(1)) {
            assertThat(drain(subscription)).isEmpty();
            for (int i = 2; i < 50; i++) {
                Event event = log.append(fixture.ours, STREAM, text("t" + i));
                assertThat(subscription.next(NOW)).contains(new Delivery.Durable(event));
            }
        }
    }

    @Test
    void aUnitThatFailsIsNotPublished() throws Exception {
        EventLog.Append append = log.prepare(fixture.ours, STREAM, List.of(text("never")));
        try (Subscription subscription = subscribe(1)) {
            assertThatThrownBy(() -> fixture.database.write(tx -> {
                        append.in(tx);
                        throw new IllegalStateException("no");
                    }))
                    .hasMessage("no");
            Event stored = log.append(fixture.ours, STREAM, text("stored"));

            assertThat(drain(subscription)).containsExactly(new Delivery.Durable(stored));
            assertThat(stored.seq()).isEqualTo(2);
        }
    }

    @Test
    void anotherStreamIsNotHeard() throws Exception {
        try (Subscription subscription = subscribe(1)) {
            log.append(fixture.ours, session(2), text("elsewhere"));
            log.append(fixture.theirs, session(3), text("elsewhere"));
            log.deltas(session(2)).add(TURN, Delta.Kind.TEXT, "elsewhere", "native");

            assertThat(drain(subscription)).isEmpty();
        }
    }

    @Test
    void deltasComeInPlaceAndAreGoneForWhoComesLater() throws Exception {
        try (Subscription early = subscribe(1)) {
            drain(early);
            DeltaStream deltas = log.deltas(STREAM);
            deltas.add(TURN, Delta.Kind.TEXT, "Hel", "scripted");
            deltas.add(TURN, Delta.Kind.TEXT, "lo", "scripted");
            deltas.end();
            Event block = log.append(fixture.ours, STREAM, text("Hello"));

            assertThat(drain(early))
                    .containsExactly(
                            new Delivery.Passing(new Delta(TURN, Delta.Kind.TEXT, "Hel", "scripted")),
                            new Delivery.Passing(new Delta(TURN, Delta.Kind.TEXT, "lo", "scripted")),
                            new Delivery.Durable(block));
            try (Subscription late = subscribe(1)) {
                assertThat(drain(late)).containsExactly(new Delivery.Durable(block));
            }
        }
    }

    @Test
    void whoSubscribesBeforeReadingGetsEachBlockOnceNeverItsDeltasAfterIt() throws Exception {
        try (Subscription subscription = subscribe(1)) {
            DeltaStream deltas = log.deltas(STREAM);
            deltas.add(TURN, Delta.Kind.TEXT, "told by the block", "native");
            deltas.end();
            Event block = log.append(fixture.ours, STREAM, text("told by the block"));
            deltas.add(TURN, Delta.Kind.TEXT, "not yet told", "native");
            deltas.end();

            assertThat(drain(subscription))
                    .containsExactly(
                            new Delivery.Durable(block),
                            new Delivery.Passing(new Delta(TURN, Delta.Kind.TEXT, "not yet told", "native")));
        }
    }

    @Test
    void aSlowReaderLosesNoEvent() throws Exception {
        String large = "x".repeat(200_000);
        try (Subscription subscription = subscribe(0)) {
            assertThat(subscription.next(NOW)).isPresent();
            for (int i = 0; i < 60; i++) {
                log.append(fixture.ours, STREAM, text(large));
                assertThat(subscription.heldBytes()).isLessThanOrEqualTo(1L << 20);
            }

            assertThat(seqs(events(drain(subscription)))).isEqualTo(from1To(61).subList(1, 61));
        }
    }

    @Test
    void aReaderThatMissedDeltasIsCutWhereItCanResume() throws Exception {
        String large = "x".repeat(100_000);
        try (Subscription subscription = subscribe(0)) {
            assertThat(subscription.next(NOW)).isPresent();
            DeltaStream deltas = log.deltas(STREAM);
            for (int i = 0; i < 100; i++) {
                deltas.add(TURN, Delta.Kind.TEXT, large, "native");
                assertThat(subscription.heldBytes()).isLessThanOrEqualTo(1L << 20);
            }
            deltas.end();
            log.append(fixture.ours, STREAM, List.of(text("block"), text("next")));

            List<Event> got = new ArrayList<>();
            ReaderTooSlowException cut = catchThrowableOfType(ReaderTooSlowException.class, () -> {
                while (subscription.next(NOW).orElseThrow() instanceof Delivery.Durable(Event event)) {
                    got.add(event);
                }
            });

            assertThat(seqs(got)).containsExactly(2L, 3L);
            assertThat(cut.resumeAfter()).isEqualTo(3);
            Event after = log.append(fixture.ours, STREAM, text("after the cut"));
            try (Subscription resumed = subscribe(cut.resumeAfter())) {
                assertThat(drain(resumed)).containsExactly(new Delivery.Durable(after));
            }
        }
    }

    @Test
    void aReaderThatIsSlowGetsManySmallPiecesAsFewerLargeOnes() throws Exception {
        try (Subscription subscription = subscribe(1)) {
            drain(subscription);
            DeltaStream deltas = log.deltas(STREAM);
            StringBuilder said = new StringBuilder();
            for (int i = 0; i < 20_000; i++) {
                deltas.add(TURN, Delta.Kind.TEXT, i + " ", "native");
                said.append(i).append(' ');
                assertThat(subscription.heldBytes()).isLessThanOrEqualTo(1L << 20);
            }
            deltas.end();

            List<Delivery> told = drain(subscription);
            assertThat(told).hasSizeLessThan(2000);
            assertThat(told.stream()
                            .map(one -> ((Delivery.Passing) one).delta().text())
                            .collect(Collectors.joining()))
                    .isEqualTo(said.toString());
        }
    }

    @Test
    void aLargeEventBehindAPieceCutsNobody() throws Exception {
        try (Subscription subscription = subscribe(1)) {
            drain(subscription);
            DeltaStream deltas = log.deltas(STREAM);
            deltas.add(TURN, Delta.Kind.TEXT, "a piece", "native");
            deltas.end();
            Event large = log.append(fixture.ours, STREAM, text("x".repeat(3_000_000)));

            assertThat(drain(subscription)).hasSize(2).last().isEqualTo(new Delivery.Durable(large));
        }
    }

    @Test
    void aLargeEventWaitsInTheStoreAndKeepsItsPlaceAmongTheDeltas() throws Exception {
        try (Subscription subscription = subscribe(1)) {
            drain(subscription);
            DeltaStream deltas = log.deltas(STREAM);
            List<Delivery> published = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                deltas.add(TURN, Delta.Kind.TEXT, "piece " + i, "native");
                deltas.end();
                published.add(new Delivery.Passing(new Delta(TURN, Delta.Kind.TEXT, "piece " + i, "native")));
                published.add(new Delivery.Durable(log.append(fixture.ours, STREAM, text("x".repeat(500_000)))));
            }

            assertThat(subscription.heldBytes()).isLessThan(10_000);
            assertThat(drain(subscription)).isEqualTo(published);
        }
    }

    @Test
    void whoWantsToKnowIsToldThatSomethingCame() throws Exception {
        List<Long> told = new ArrayList<>();
        try (Subscription subscription = subscribe(1)) {
            drain(subscription);
            subscription.whenReady(() -> told.add(subscription.heldBytes()));
            log.append(fixture.ours, STREAM, text("something"));
            log.deltas(STREAM).add(TURN, Delta.Kind.TEXT, "and more", "native");

            assertThat(told).hasSize(2).allMatch(held -> held > 0);
        }
        log.append(fixture.ours, STREAM, text("to nobody"));
        assertThat(told).hasSize(2);
    }

    @Test
    void aReaderOfALongHistoryHoldsOnePageOfIt() throws Exception {
        String large = "x".repeat(500_000);
        for (int i = 0; i < 40; i++) {
            log.append(fixture.ours, STREAM, text(large));
        }
        try (Subscription subscription = subscribe(0)) {
            for (int i = 1; i <= 41; i++) {
                assertThat(subscription.next(NOW).orElseThrow())
                        .isInstanceOfSatisfying(
                                Delivery.Durable.class,
                                d -> assertThat(d.event().body()).isNotNull());
                assertThat(subscription.cursor()).isEqualTo(i);
                assertThat(subscription.heldEvents()).isLessThanOrEqualTo(1);
            }
            assertThat(subscription.next(NOW)).isEmpty();
        }
    }

    @Test
    void aClosedSubscriptionWakesItsReaderAndHearsNothingMore() throws Exception {
        Subscription subscription = subscribe(1);
        Thread[] reader = new Thread[1];
        Future<Optional<Delivery>> waiting = threads.submit(() -> {
            reader[0] = Thread.currentThread();
            return subscription.next(SOON);
        });
        await().until(() -> reader[0] != null && reader[0].getState() == Thread.State.TIMED_WAITING);

        subscription.close();
        log.append(fixture.ours, STREAM, text("after the end"));

        assertThat(waiting.get()).isEmpty();
        assertThat(subscription.next(NOW)).isEmpty();
        assertThat(subscription.heldBytes()).isZero();
        subscription.close();
        try (Subscription another = subscribe(0)) {
            another.close();
            assertThat(another.next(NOW)).isEmpty();
        }
    }

    @Test
    void eventsAndDeltasArePublishedRedactedAlsoAcrossPieces() throws Exception {
        fixture.secret("openai", "sk-not-for-the-log");
        try (Subscription subscription = subscribe(1)) {
            drain(subscription);
            DeltaStream deltas = log.deltas(STREAM);
            deltas.add(TURN, Delta.Kind.TEXT, "the key is sk-not-", "native");
            deltas.add(TURN, Delta.Kind.TEXT, "for-the-", "native");
            deltas.add(TURN, Delta.Kind.TEXT, "log, sk-not-", "native");
            deltas.add(TURN, Delta.Kind.THINKING, "hm", "native");
            deltas.end();
            log.append(fixture.ours, STREAM, text("the key is sk-not-for-the-log, sk-not-"));

            List<Delivery> all = drain(subscription);
            assertThat(all.stream()
                            .filter(Delivery.Passing.class::isInstance)
                            .map(d -> ((Delivery.Passing) d).delta())
                            .map(d -> d.kind() + ":" + d.text()))
                    .containsExactly("TEXT:the key is ", "TEXT:[redacted openai], ", "TEXT:sk-not-", "THINKING:hm");
            assertThat(events(all).getFirst().body())
                    .isEqualTo(text("the key is [redacted openai], sk-not-").body());
        }
    }
}
