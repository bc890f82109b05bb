package dev.belay.server.cloudagent;

import dev.belay.agent.session.view.SessionStanding;
import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.Event;
import dev.belay.api.event.TurnEvent;
import dev.belay.server.cloudagent.stream.Opening;
import dev.belay.server.cloudagent.stream.SessionStream;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.LiveResponse;
import dev.belay.server.http.Route;
import dev.belay.server.http.StreamResponse;
import java.util.List;
import java.util.Optional;

/** {@code GET …/{id}/events}: a session's events from a cursor on, history and what comes live, as NDJSON or server-sent events. */
final class EventRoutes {
    private final SessionStream.Parts parts;

    EventRoutes(SessionStream.Parts parts) {
        this.parts = parts;
    }

    List<Route> routes() {
        return List.of(Route.get("/agent/session/{session_id}/events", Access.READ, this::events));
    }

    /** History, then what comes live, until no turn is open; {@code follow} makes it end sooner or never. */
    private void events(Call call) {
        SessionId session = Requests.session(call);
        boolean serverSent = StreamResponse.wantsServerSent(call);
        SessionStanding now = parts.sessions().standing(call.scope(), session);
        long after = Math.min(afterSeq(call, serverSent), now.lastSeq());
        Optional<Boolean> follow = Requests.truth(call, "follow");
        boolean forever = follow.orElse(false);
        boolean untilIdle = follow.isEmpty() && now.open().isPresent();
        boolean nothingLeft = !forever && !untilIdle && after == now.lastSeq();
        if (nothingLeft && serverSent && call.header("Last-Event-ID").isPresent()) {
            // The one answer that keeps an EventSource from coming back for ever.
            call.answer(204);
            return;
        }
        Scope scope = call.scope();
        try (Opening opening = new Opening(parts, scope, call.admission())) {
            LiveResponse response = LiveResponse.begin(call);
            if (nothingLeft) {
                return;
            }
            opening.subscribe(session, after);
            SessionStream stream = opening.stream(session, response);
            now.open().ifPresent(turn -> stream.during(turn.turn(), turn.startedMicros()));
            call.answerUntil(stream.carry(
                    !forever,
                    event -> !forever
                            && (untilIdle ? endsLastTurn(scope, session, event) : event.seq() >= now.lastSeq())));
        }
    }

    private boolean endsLastTurn(Scope scope, SessionId session, Event event) {
        if (!(event.body() instanceof TurnEvent.Finished)) {
            return false;
        }
        try {
            SessionStanding now = parts.sessions().standing(scope, session);
            return now.open().isEmpty() && now.queued() == 0;
        } catch (NotFoundException e) {
            // The session is deleted.
            return true;
        }
    }

    private static long afterSeq(Call call, boolean serverSent) {
        Optional<Long> last = call.header("Last-Event-ID")
                .filter(id -> !id.isEmpty())
                .map(text -> Requests.whole("Last-Event-ID", text))
                .filter(_ -> serverSent);
        return call.query("after_seq")
                .map(text -> Requests.whole("after_seq", text))
                .or(() -> last)
                .orElse(0L);
    }
}
