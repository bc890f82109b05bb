package dev.belay.eventlog;

import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.Secret;
import dev.belay.api.SecretSource;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.StreamId;
import dev.belay.store.Database;
import dev.belay.testpostgres.StoreKind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;

/** A log on a real database, three workspaces of two organisations, and secrets that can be added. */
final class LogFixture implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(20);
    static final Duration NOW = Duration.ZERO;
    static final TurnId TURN = new TurnId(id(77));

    final Scope ours = scope(1, 11);
    final Scope sibling = scope(1, 12);
    final Scope theirs = scope(2, 21);
    final Database database;
    final EventLog log;
    private final List<Secret> secrets = new CopyOnWriteArrayList<>();

    LogFixture(StoreKind store, Path directory) {
        database = TestStore.open(store, directory);
        log = new EventLog(
                database,
                new Redactor(List.of(source(secrets))),
                InstantSource.fixed(Instant.parse("2030-01-02T03:04:05.678901Z")));
    }

    static SecretSource source(List<Secret> secrets) {
        return new SecretSource() {
            @Override
            public List<Secret> secrets() {
                return secrets;
            }

            @Override
            public long version() {
                return secrets.size();
            }
        };
    }

    static String id(long number) {
        return "00000000-0000-7000-8000-%012d".formatted(number);
    }

    private static Scope scope(long organisation, long workspace) {
        return new Scope(
                new OrganisationId(id(organisation)),
                new WorkspaceId(id(workspace)),
                new Principal("tester", Set.of(Permission.RUN)));
    }

    static StreamId session(long number) {
        return StreamId.of(new SessionId(id(number)));
    }

    static EventDraft text(String text) {
        return EventDraft.of(new MessageEvent.Text(text));
    }

    void secret(String name, String value) {
        secrets.add(new Secret(name, value));
    }

    /** Everything in a stream. */
    List<Event> all(StreamId stream) {
        return log.read(ours, stream, 0, Integer.MAX_VALUE);
    }

    static List<Long> seqs(List<Event> events) {
        return events.stream().map(Event::seq).toList();
    }

    static List<Long> from1To(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    /** What is delivered until nothing more is there. */
    static List<Subscription.Delivery> drain(Subscription subscription) throws Exception {
        List<Subscription.Delivery> all = new ArrayList<>();
        for (Optional<Subscription.Delivery> next = subscription.next(NOW);
                next.isPresent();
                next = subscription.next(NOW)) {
            all.add(next.get());
        }
        return all;
    }

    static List<Event> events(List<Subscription.Delivery> deliveries) {
        List<Event> events = new ArrayList<>();
        for (Subscription.Delivery delivery : deliveries) {
            if (delivery instanceof Subscription.Delivery.Durable(Event event)) {
                events.add(event);
            }
        }
        return events;
    }

    @Override
    public void close() {
        database.close();
    }
}
