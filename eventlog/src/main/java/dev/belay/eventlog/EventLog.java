package dev.belay.eventlog;

import dev.belay.api.EpochMicros;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.Scope;
import dev.belay.api.StorageException;
import dev.belay.api.event.Delta;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.store.Database;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one append-only log. An event is visible to readers and subscribers only after it is durable, and in one order for all of them:
 * {@code seq} counts from 1 per stream without gaps. Safe for many threads.
 */
public final class EventLog {
    /** The largest body of one event, in characters of its JSON: five megabytes of code in a call of a tool, line ends escaped twice, fit. */
    public static final int MAX_BODY = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);
    private static final int FOR_EACH_PAGE = 1000;
    private static final int CACHED_STREAMS = 16_384;
    /** So much text of bodies is read at once at most, and one event. */
    private static final long READ_CHARACTERS = 2L * MAX_BODY;

    private final Database database;
    private final Redactor redactor;
    private final InstantSource clock;
    /** Where streams stand; touched by units of work only, so by one thread at a time. */
    private final Map<StreamId, EventStore.StreamRow> heads = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<StreamId, EventStore.StreamRow> eldest) {
            return size() > CACHED_STREAMS;
        }
    };

    private final Map<StreamId, CopyOnWriteArrayList<Subscription>> subscriptions = new ConcurrentHashMap<>();

    public EventLog(Database database, Redactor redactor, InstantSource clock) {
        this.database = database;
        this.redactor = redactor;
        this.clock = clock;
    }

    /** Appends in order and returns the events, redacted and durable. The stream is made if it is new. */
    public List<Event> append(Scope scope, StreamId stream, List<EventDraft> drafts) {
        return submit(scope, stream, drafts).await();
    }

    /** Appends without waiting; what one thread hands in keeps its order. */
    public Database.Written<List<Event>> submit(Scope scope, StreamId stream, List<EventDraft> drafts) {
        return database.submit(prepare(scope, stream, drafts)::in);
    }

    /** As {@link #append(Scope, StreamId, List)} for one event. */
    public Event append(Scope scope, StreamId stream, EventDraft draft) {
        return append(scope, stream, List.of(draft)).getFirst();
    }

    /** As {@link #append(Append)} without waiting. */
    public Database.Written<List<Event>> submit(Append append) {
        return database.submit(append::in);
    }

    /** Appends what was prepared, in a unit of its own. */
    public List<Event> append(Append append) {
        return database.write(append::in);
    }

    /**
     * Encodes and redacts, so that the append can be part of a larger unit of work: {@code append.in(tx)}.
     *
     * @throws dev.belay.api.NotFoundException if the stream is that of another workspace
     * @throws InvalidRequestException if a body is larger than {@link #MAX_BODY}
     */
    public Append prepare(Scope scope, StreamId stream, List<EventDraft> drafts) {
        // Before its first event a stream has no row that says whose it is.
        if (stream.kind() == StreamId.Kind.WORKSPACE
                && !stream.id().equals(scope.workspace().value())) {
            throw EventStore.unknown(stream);
        }
        return new Append(scope, stream, drafts.stream().map(this::encode).toList());
    }

    private Encoded encode(EventDraft draft) {
        String kind = redactor.redact(EventCodec.kind(draft.body()));
        String source = redactor.redact(draft.source());
        String encoded = EventCodec.encode(draft.body());
        String body = encoded;
        EventBody kept = draft.body();
        if (!redactor.redact(encoded).equals(encoded)) {
            // In the strings and not in their JSON: a find may begin or end inside an escape.
            body = EventCodec.encode(draft.body(), redactor::redact);
            kept = EventCodec.decode(kind, body);
        }
        if (body.length() > MAX_BODY) {
            throw new InvalidRequestException(
                    "event", "an event of " + body.length() + " characters is larger than the limit of " + MAX_BODY);
        }
        return new Encoded(
                new EventDraft(draft.turn(), draft.parent(), source, kept), kind, body, OptionalLong.empty());
    }

    /** @param time when it happened, for what comes from elsewhere */
    private record Encoded(EventDraft draft, String kind, String body, OptionalLong time) {}

    /**
     * As {@link #prepare(Scope, StreamId, List)} for what happened before, and elsewhere.
     *
     * @param times of the drafts, in epoch microseconds
     */
    public Append prepare(Scope scope, StreamId stream, List<EventDraft> drafts, List<Long> times) {
        Append append = prepare(scope, stream, drafts);
        List<Encoded> dated = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            Encoded one = append.encoded.get(i);
            dated.add(new Encoded(one.draft(), one.kind(), one.body(), OptionalLong.of(times.get(i))));
        }
        return new Append(scope, stream, dated);
    }

    /** Inside a unit of work: somebody else changed the stream's rows. */
    void forget(StreamId stream) {
        heads.remove(stream);
    }

    /** The kind of a body, for example {@code tool.call}. */
    public static String kind(EventBody body) {
        return EventCodec.kind(body);
    }

    /** A body as it is stored; with its kind, {@link #decode} reads it. */
    public static JsonText encode(EventBody body) {
        return new JsonText(EventCodec.encode(body));
    }

    /**
     * A body from its kind and its JSON; one of a kind that is not known is kept as it is.
     *
     * @throws InvalidRequestException if the JSON is not that of the kind
     */
    public static EventBody decode(String kind, JsonText body) {
        try {
            return EventCodec.decode(kind, body.text());
        } catch (RuntimeException e) {
            throw new InvalidRequestException("body", "the body is not that of an event of the kind " + kind);
        }
    }

    /** An append that waits to be part of a unit of work. */
    public final class Append {
        private final Scope scope;
        private final StreamId stream;
        private final List<Encoded> encoded;

        private Append(Scope scope, StreamId stream, List<Encoded> encoded) {
            this.scope = scope;
            this.stream = stream;
            this.encoded = encoded;
        }

        /** What the events will say: redacted, as it will be stored. */
        public List<EventBody> bodies() {
            return encoded.stream().map(one -> one.draft().body()).toList();
        }

        /** Both in one unit, this one first; the other must be for the same stream. */
        public Append followedBy(Append next) {
            if (!next.stream.equals(stream)) {
                throw new IllegalArgumentException("an append to " + next.stream + " cannot follow one to " + stream);
            }
            return new Append(
                    scope,
                    stream,
                    Stream.concat(encoded.stream(), next.encoded.stream()).toList());
        }

        /** Appends inside the unit; publishing follows its commit. May be called once per attempt of the unit. */
        public List<Event> in(Tx tx) {
            if (encoded.isEmpty()) {
                return List.of();
            }
            EventStore.StreamRow row = heads.get(stream);
            if (row == null) {
                row = EventStore.open(tx, scope, stream);
            } else if (!row.workspace().equals(scope.workspace())) {
                throw EventStore.unknown(stream);
            }
            tx.afterRollback(() -> heads.remove(stream));
            long now = EpochMicros.now(clock);
            List<Event> events = new ArrayList<>(encoded.size());
            List<Integer> sizes = new ArrayList<>(encoded.size());
            long seq = row.lastSeq();
            for (Encoded one : encoded) {
                EventDraft draft = one.draft();
                Event event = new Event(
                        stream,
                        ++seq,
                        one.time().orElse(now),
                        row.organisation(),
                        row.workspace(),
                        scope.principal().name(),
                        draft.turn(),
                        draft.parent(),
                        draft.source(),
                        EventCodec.VERSION,
                        row.epoch(),
                        draft.body());
                EventStore.insert(tx, row, event, one.kind(), one.body());
                events.add(event);
                sizes.add(one.body().length());
            }
            heads.put(
                    stream, new EventStore.StreamRow(row.id(), row.organisation(), row.workspace(), row.epoch(), seq));
            tx.afterCommit(() -> publish(events, sizes));
            return events;
        }
    }

    private void publish(List<Event> events, List<Integer> sizes) {
        CopyOnWriteArrayList<Subscription> watching = subscriptions.get(events.getFirst().stream());
        if (watching == null) {
            return;
        }
        for (Subscription subscription : watching) {
            for (int i = 0; i < events.size(); i++) {
                subscription.offer(events.get(i), sizes.get(i));
            }
        }
    }

    /**
     * Events with a {@code seq} above {@code afterSeq}, in order, at most {@code limit}, and fewer where they are large; none only where there
     * are none.
     *
     * @throws dev.belay.api.NotFoundException if the scope's workspace has no such stream
     */
    public List<Event> read(Scope scope, StreamId stream, long afterSeq, int limit) {
        return database.read(view -> EventStore.page(view, scope, stream, afterSeq, limit, READ_CHARACTERS))
                .events();
    }

    /** The {@code seq} of the stream's last event; @throws dev.belay.api.NotFoundException if the scope's workspace has no such stream */
    public long lastSeq(Scope scope, StreamId stream) {
        return database.read(view -> lastSeq(view, scope, stream));
    }

    /** As above, on a view that shows more than the stream. */
    public long lastSeq(View view, Scope scope, StreamId stream) {
        return EventStore.find(view, stream)
                .filter(row -> row.workspace().equals(scope.workspace()))
                .orElseThrow(() -> EventStore.unknown(stream))
                .lastSeq();
    }

    /**
     * Hands out the events with a {@code seq} above {@code afterSeq} and up to {@code toSeq}, in order, a page in memory at a time.
     *
     * @throws dev.belay.api.NotFoundException if the scope's workspace has no such stream
     */
    public void forEach(Scope scope, StreamId stream, long afterSeq, long toSeq, Consumer<Event> action) {
        long at = afterSeq;
        while (at < toSeq) {
            List<Event> page = read(scope, stream, at, FOR_EACH_PAGE);
            if (page.isEmpty()) {
                return;
            }
            for (Event event : page) {
                if (event.seq() > toSeq) {
                    return;
                }
                action.accept(event);
            }
            at = page.getLast().seq();
        }
    }

    /**
     * Everything after {@code afterSeq}: first what is stored, then what comes, without a gap and without a double.
     *
     * @throws dev.belay.api.NotFoundException if the scope's workspace has no such stream
     */
    public Subscription subscribe(Scope scope, StreamId stream, long afterSeq) {
        read(scope, stream, Long.MAX_VALUE, 1);
        return subscribed(scope, stream, afterSeq, true);
    }

    /** Everything of a stream that has no event yet, because its id was only just made: nothing is read from the store. */
    public Subscription subscribeToNew(Scope scope, StreamId stream) {
        return subscribed(scope, stream, 0, false);
    }

    private Subscription subscribed(Scope scope, StreamId stream, long afterSeq, boolean hasHistory) {
        Subscription subscription = new Subscription(
                after -> database.read(view -> EventStore.page(
                        view, scope, stream, after, Subscription.PAGE_EVENTS, Subscription.PAGE_CHARACTERS)),
                this::awaitPublishing,
                afterSeq,
                hasHistory,
                s -> unsubscribe(stream, s));
        subscriptions.compute(stream, (key, watching) -> {
            CopyOnWriteArrayList<Subscription> joined = watching == null ? new CopyOnWriteArrayList<>() : watching;
            joined.add(subscription);
            return joined;
        });
        return subscription;
    }

    /** Returns once everything is published that a reader could see in the store when it was called. */
    private void awaitPublishing() {
        try {
            database.write(tx -> true);
        } catch (StorageException e) {
            // An answer all the same, and it came after that of every commit before.
            LOG.debug("a reader's wait for the writer was answered by an error", e);
        }
    }

    private void unsubscribe(StreamId stream, Subscription subscription) {
        subscriptions.computeIfPresent(stream, (s, list) -> {
            list.remove(subscription);
            return list.isEmpty() ? null : list;
        });
    }

    /** Opens the way for the deltas of one block; each piece passes the redactor, which may hold back a tail until the block ends. */
    public DeltaStream deltas(StreamId stream) {
        return new DeltaStream(redactor, delta -> publish(stream, delta));
    }

    private void publish(StreamId stream, Delta delta) {
        CopyOnWriteArrayList<Subscription> watching = subscriptions.get(stream);
        if (watching != null) {
            watching.forEach(subscription -> subscription.offer(delta));
        }
    }
}
