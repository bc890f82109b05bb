package dev.belay.agent.session;

import dev.belay.agent.context.Conversation;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.LimitException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import dev.belay.store.StoredJson;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An exported conversation on its way in. Its events keep their numbers, times and order, get new ids, the importer as their author, and a
 * source that says that they were imported. For one thread.
 */
public final class Importing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Importing.class);

    /** How many events a conversation that comes in may have. */
    public static final int MOST_EVENTS = 500_000;

    private static final String SOURCE = "import:";
    private static final int LONGEST_SOURCE = 100;
    private static final int EVENTS_AT_ONCE = 100;
    private static final long CHARACTERS_AT_ONCE = 1 << 20;

    private final Sessions.Parts parts;
    private final Copies copies;
    private final Scope scope;
    private final Optional<String> name;
    private final List<EventDraft> drafts = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();
    private final Map<String, TurnId> turns = new HashMap<>();
    private Optional<TurnId> open = Optional.empty();
    private SessionStore.@Nullable Row row;
    private long seq;
    private long characters;
    private boolean done;

    Importing(Sessions.Parts parts, Copies copies, Scope scope, Optional<String> name) {
        this.parts = parts;
        this.copies = copies;
        this.scope = scope;
        this.name = name;
    }

    /**
     * An event as an export has it.
     *
     * @param seq 1 for the first, and no number left out
     * @param timeMicros epoch microseconds
     * @param turn any word; the same for all events of a turn
     */
    public record Line(
            long seq,
            long timeMicros,
            Optional<String> turn,
            OptionalLong parent,
            String source,
            String kind,
            JsonText body) {}

    /**
     * Takes the next event.
     *
     * @throws InvalidRequestException naming what is wrong with it
     * @throws LimitException if there are too many
     */
    public void add(Line line) {
        if (line.seq() != seq + 1) {
            throw refused("seq", "seq is " + line.seq() + " where " + (seq + 1) + " comes next");
        }
        if (seq >= MOST_EVENTS) {
            throw new LimitException("a conversation that is imported has at most " + MOST_EVENTS + " events");
        }
        seq++;
        if (line.timeMicros() < 0 || line.timeMicros() > parts.nowMicros()) {
            throw refused("time", "its time lies in the future, or before 1970");
        }
        if (line.parent().isPresent()
                && (line.parent().getAsLong() < 1 || line.parent().getAsLong() >= seq)) {
            throw refused("parent", "its parent is no event before it");
        }
        if (line.source().length() > LONGEST_SOURCE) {
            throw refused("source", "its source is longer than " + LONGEST_SOURCE + " characters");
        }
        EventBody body = EventLog.decode(line.kind(), line.body());
        if (seq == 1 && !(body instanceof SessionEvent.Created)) {
            throw refused("kind", "the first event must be session.created");
        }
        requireWhole(body);
        Optional<TurnId> turn = line.turn()
                .map(old ->
                        turns.computeIfAbsent(old, _ -> new TurnId(parts.ids().next())));
        requireOrder(body, turn);
        if (seq == 1 && body instanceof SessionEvent.Created created) {
            begin(created);
        }
        drafts.add(new EventDraft(turn, line.parent(), source(line.source()), body));
        times.add(line.timeMicros());
        characters += line.body().text().length();
        if (drafts.size() >= EVENTS_AT_ONCE || characters >= CHARACTERS_AT_ONCE) {
            store();
        }
    }

    private static String source(String source) {
        return source.startsWith(SOURCE) ? source : SOURCE + source;
    }

    /** Turns come one after the other, and the last of them may be open. */
    private void requireOrder(EventBody body, Optional<TurnId> turn) {
        if (body instanceof TurnEvent.Started) {
            if (turn.isEmpty() || open.isPresent()) {
                throw refused(
                        "turn", open.isPresent() ? "a turn begins before the last one ended" : "a turn has no id");
            }
            open = turn;
        } else if (body instanceof TurnEvent.Finished && turn.isPresent() && open.equals(turn)) {
            open = Optional.empty();
        } else if (body instanceof TurnEvent.Rewound && open.isPresent()) {
            throw refused("kind", "a conversation is rewound during a turn");
        }
    }

    /** The first event says what the session is. */
    private void begin(SessionEvent.Created created) {
        RunOptions options;
        try {
            options = StoredJson.decode(created.options().text(), RunOptions.class);
        } catch (RuntimeException e) {
            throw refused("options", "the session's options are none that this version knows");
        }
        requireWhole(options);
        row = copies.begin(scope, name, options, options.model().orElse("none"));
    }

    /** No field of it, and of what is in it, is missing; a number that names an event names one before it. */
    private void requireWhole(@Nullable Object value) {
        if (value == null) {
            throw refused("body", "a field of its body is missing");
        }
        if (value instanceof Optional<?> optional) {
            optional.ifPresent(this::requireWhole);
        } else if (value instanceof Collection<?> collection) {
            collection.forEach(this::requireWhole);
        } else if (value instanceof Record) {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                requireWhole(component, value);
            }
        }
    }

    private void requireWhole(RecordComponent component, Object of) {
        Object field;
        try {
            component.getAccessor().setAccessible(true);
            field = component.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record whose fields cannot be read: " + of.getClass(), e);
        }
        requireWhole(field);
        if (component.getName().endsWith("Seq") && field instanceof Long named && (named < 0 || named >= seq)) {
            throw refused(component.getName(), "it names the event " + named + ", which is not before it");
        }
    }

    private InvalidRequestException refused(String field, String why) {
        return new InvalidRequestException(field, "event " + seq + " cannot be imported: " + why);
    }

    private void store() {
        if (!drafts.isEmpty()) {
            SessionId session = Objects.requireNonNull(row).id();
            parts.log().append(parts.log().prepare(scope, StreamId.of(session), drafts, times));
            drafts.clear();
            times.clear();
            characters = 0;
        }
    }

    /** How many events came in. */
    public long events() {
        return seq;
    }

    /** That was all: the session can be used. A turn that is open ends as interrupted. */
    public SessionId finish() {
        if (row == null) {
            throw new InvalidRequestException("body", "there is no event to import");
        }
        store();
        try {
            Conversation.read(parts.log(), scope, StreamId.of(row.id()));
        } catch (RuntimeException e) {
            LOG.debug("a conversation was refused", e);
            throw new InvalidRequestException("body", "these events do not make a conversation");
        }
        copies.complete(scope, row, "imported");
        done = true;
        return row.id();
    }

    /** What was not finished is erased. */
    @Override
    public void close() {
        if (!done && row != null) {
            copies.abandon(row);
        }
    }
}
