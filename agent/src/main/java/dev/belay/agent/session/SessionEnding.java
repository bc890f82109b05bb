package dev.belay.agent.session;

import dev.belay.api.BelayException;
import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import dev.belay.sandbox.disk.FileTrees;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a session ends for good: someone deletes it, or its time is over. */
final class SessionEnding {
    private static final Logger LOG = LoggerFactory.getLogger(SessionEnding.class);
    /** Within this all of it is gone (contract: Cloud Agent 1.2 row 12). */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final Sessions.Parts parts;
    private final Turns turns;
    private final LiveSessions live;

    SessionEnding(Sessions.Parts parts, Turns turns, LiveSessions live) {
        this.parts = parts;
        this.turns = turns;
        this.live = live;
    }

    void delete(Scope scope, SessionStore.Row row) {
        if (!end(scope, row, "deleted")) {
            throw new NotFoundException("there is no session " + row.id());
        }
        turns.of(row.id()).ifPresent(turn -> {
            turn.control().stop(TurnStatus.CANCELLED);
            if (!turn.awaitEnd(LONGEST)) {
                LOG.warn("the turn {} did not end in time; its sandbox is destroyed under it", turn.turn());
            }
        });
        parts.log().append(scope, StreamId.of(row.id()), EventDraft.of(new SessionEvent.Ended("deleted")));
        destroy(row);
    }

    void expire(SessionStore.Row row) {
        if (end(row.serversScope(), row, "expired")) {
            parts.log()
                    .append(
                            row.serversScope(),
                            StreamId.of(row.id()),
                            EventDraft.of(new SessionEvent.Ended("expired")));
            destroy(row);
        }
    }

    /** From now on nothing begins in it. */
    private boolean end(Scope scope, SessionStore.Row row, String state) {
        while (true) {
            Optional<Boolean> ended = tryToEnd(scope, row, state);
            if (ended.isPresent()) {
                return ended.get();
            }
        }
    }

    /** Empty if a turn began to wait, or to run, while this was prepared. */
    private Optional<Boolean> tryToEnd(Scope scope, SessionStore.Row row, String state) {
        List<TurnQueueStore.Queued> waiting = parts.database().read(view -> TurnQueueStore.of(view, row.id()));
        List<EventDraft> never = new ArrayList<>();
        waiting.forEach(queued -> never.add(Turns.neverBegun(
                queued.turn(),
                TurnStatus.CANCELLED,
                new TurnError("session_" + state, "the session ended before the turn began"))));
        EventLog.Append append = parts.log().prepare(scope, StreamId.of(row.id()), never);
        return parts.database().write(tx -> {
            if (!TurnQueueStore.of(tx, row.id()).equals(waiting)) {
                return Optional.empty();
            }
            if (!SessionStore.end(tx, row.id(), state)) {
                return Optional.of(false);
            }
            waiting.forEach(queued -> TurnQueueStore.remove(tx, queued.turn()));
            append.in(tx);
            return Optional.of(true);
        });
    }

    void destroy(SessionStore.Row row) {
        destroy(row.serversScope(), row.id());
    }

    /** Nothing of its sandbox is left afterwards. */
    void destroy(Scope servers, SessionId session) {
        parts.mcp().forget(session);
        try {
            live.remove(session).ifPresent(LiveSession::letGo);
            FileTrees.delete(parts.directory().resolve(session.value()));
            parts.lifecycle()
                    .of(servers, session)
                    .ifPresent(sandbox -> parts.lifecycle().destroy(servers, sandbox.id()));
        } catch (BelayException e) {
            LOG.warn("the sandbox of session {} could not be destroyed: {}", session, e.text());
        }
    }
}
