package dev.belay.agent.session;

import dev.belay.agent.session.request.SessionFilter;
import dev.belay.agent.session.view.SessionSummary;
import dev.belay.api.ConflictException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * What is done to conversations as a whole: the newest one, a fork, a rewind, a way out and back in, and erasing. Listing, reading and
 * renaming are with {@link Sessions}. Safe for many threads.
 */
public final class Conversations {
    private final Sessions.Parts parts;
    private final KnownSessions rows;
    private final Sessions sessions;
    private final Copies copies;
    private final Erasing erasing;

    Conversations(Sessions.Parts parts, Sessions sessions, Copies copies, Erasing erasing) {
        this.parts = parts;
        this.rows = new KnownSessions(parts.database());
        this.sessions = sessions;
        this.copies = copies;
        this.erasing = erasing;
    }

    /** The session that was used last. */
    public Optional<SessionSummary> last(Scope scope) {
        return sessions
                .list(scope, new SessionFilter(Optional.empty(), Optional.empty(), false), Optional.empty(), 1)
                .stream()
                .findFirst();
    }

    /**
     * A session that began as a copy of another one's first events.
     *
     * @param atSeq the last event that was copied
     * @param files whether the other's private files were copied
     * @param allFiles whether none was left out (links and what is no regular file are)
     */
    public record Forked(SessionId session, long atSeq, boolean files, boolean allFiles) {}

    /**
     * Makes a session that goes on from an earlier point of another one. A turn that was open there ends as interrupted in the copy. Its
     * private files are copied as they are now if nothing was said or done after that point and no turn runs; otherwise it begins without.
     *
     * @param afterSeq the last event to be copied; empty for the last one there is
     * @param name of the new session, unique in the workspace
     * @throws InvalidRequestException if there is no such event
     * @throws ConflictException {@code name_taken} if another session has the name
     * @throws dev.belay.api.GoneException if the session has expired
     */
    public Forked fork(Scope scope, SessionId session, OptionalLong afterSeq, Optional<String> name) {
        sessions.countStart(scope);
        while (true) {
            Optional<Forked> forked = copies.fork(scope, rows.usable(scope, session), afterSeq, name);
            if (forked.isPresent()) {
                return forked.get();
            }
        }
    }

    /**
     * Takes all that came after a turn out of the conversation; it can still be read. Files stay as they are.
     *
     * @param toSeq the last event of a turn, or 0 for none of them
     * @return the {@code seq} of the event that says so
     * @throws InvalidRequestException if no turn ended there
     * @throws ConflictException {@code session_busy} if a turn runs or waits
     */
    public long rewind(Scope scope, SessionId session, long toSeq) {
        rows.usable(scope, session);
        if (toSeq != 0
                && !SessionHistory.read(parts.log(), scope, session, toSeq).endsTurn(toSeq)) {
            throw new InvalidRequestException(
                    "to_seq", "no turn ended with the event " + toSeq + "; a turn's events_to_seq, or 0, is wanted");
        }
        EventLog.Append append =
                parts.log().prepare(scope, StreamId.of(session), List.of(EventDraft.of(new TurnEvent.Rewound(toSeq))));
        List<Event> events = parts.database().write(tx -> {
            boolean free = SessionStore.find(tx, scope, session)
                            .filter(row -> row.openTurn().isEmpty())
                            .isPresent()
                    && TurnQueueStore.count(tx, session) == 0;
            return free ? append.in(tx) : List.of();
        });
        if (events.isEmpty()) {
            throw new ConflictException(
                    "session_busy",
                    "a turn runs or waits in session " + session + "; wait for its result or interrupt it");
        }
        return events.getFirst().seq();
    }

    /** @throws dev.belay.api.NotFoundException if the scope's workspace has no such session */
    public void requireReadable(Scope scope, SessionId session) {
        rows.find(scope, session);
    }

    /** Hands out all events of a session, in order, as they are now. */
    public void export(Scope scope, SessionId session, Consumer<Event> to) {
        rows.find(scope, session);
        parts.log().forEach(scope, StreamId.of(session), 0, parts.log().lastSeq(scope, StreamId.of(session)), to);
    }

    /**
     * Begins to take in what was exported, as a new session that nobody finds before it is complete; close it in any case.
     *
     * @param name unique in the workspace; empty for none
     */
    public Importing startImport(Scope scope, Optional<String> name) {
        sessions.countStart(scope);
        name.ifPresent(SessionName::check);
        return new Importing(parts, copies, scope, name);
    }

    /**
     * Erases a conversation: its session ends as by {@link Sessions#delete}, then all its events, those of its sandboxes and its rows are
     * deleted. Only a tombstone with its id is left; forks keep their copies, and the name is free. Returns when nobody finds it any more;
     * also one that was deleted before can be erased.
     *
     * @throws dev.belay.api.NotFoundException if the scope's workspace has no such session
     */
    public void erase(Scope scope, SessionId session) {
        erasing.erase(scope, session);
    }
}
