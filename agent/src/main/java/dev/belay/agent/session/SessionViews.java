package dev.belay.agent.session;

import dev.belay.agent.session.request.SessionFilter;
import dev.belay.agent.session.view.SessionStanding;
import dev.belay.agent.session.view.SessionStatus;
import dev.belay.agent.session.view.SessionSummary;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** How sessions stand: what their rows and events say, and what this process knows of them. */
final class SessionViews {
    private final Sessions.Parts parts;
    private final LiveSessions live;
    private final Turns turns;

    SessionViews(Sessions.Parts parts, LiveSessions live, Turns turns) {
        this.parts = parts;
        this.live = live;
        this.turns = turns;
    }

    /**
     * The workspace's sessions, the one that was used last first.
     *
     * @param before those that come after this one in that order
     */
    List<SessionSummary> list(Scope scope, SessionFilter filter, Optional<SessionId> before, int limit) {
        return parts
                .database()
                .read(view -> SessionStore.list(
                        view, scope, filter, before.flatMap(id -> SessionStore.find(view, scope, id)), limit))
                .stream()
                .map(this::summary)
                .toList();
    }

    private SessionSummary summary(SessionStore.Row row) {
        return new SessionSummary(
                row.id(),
                row.name(),
                state(row),
                row.engine(),
                row.model(),
                row.created(),
                row.lastActive(),
                row.expires());
    }

    /** What the row says, and what this process knows of it. */
    private String state(SessionStore.Row row) {
        return switch (row.state()) {
            case "running" ->
                turns.of(row.id())
                                .filter(turn -> turn.control().stopped().isPresent())
                                .isPresent()
                        ? "interrupting"
                        : "running";
            case "idle" -> live.find(row.id()).isPresent() ? "idle" : "hibernated";
            default -> row.state();
        };
    }

    /**
     * Where the session stands now: what a reader of its events has to know, and cheap however long they are.
     *
     * @throws dev.belay.api.NotFoundException if the scope's workspace has no such session
     */
    SessionStanding standing(Scope scope, SessionId session) {
        return parts.database().read(view -> {
            SessionStore.Row row = KnownSessions.find(view, scope, session);
            return new SessionStanding(
                    summary(row),
                    row.openTurn().map(turn -> new SessionStanding.Running(turn, row.lastActive())),
                    TurnQueueStore.count(view, session),
                    parts.log().lastSeq(view, scope, StreamId.of(session)));
        });
    }

    /** As above, with what its events add up to. @throws dev.belay.api.NotFoundException if the scope's workspace has no such session */
    SessionStatus status(Scope scope, SessionId session) {
        // Read together: between a turn's end and the beginning of the next one a session that has more to do would
        // look idle.
        Queue now = parts.database()
                .read(view -> new Queue(KnownSessions.find(view, scope, session), TurnQueueStore.count(view, session)));
        SessionStore.Row row = now.row();
        SessionHistory history = SessionHistory.read(parts.log(), scope, session);
        return new SessionStatus(
                summary(row),
                history.open()
                        .map(turn -> new SessionStatus.CurrentTurn(
                                turn.turn(),
                                turn.startedMicros(),
                                history.unanswered().stream().findFirst().map(ToolEvent.Call::tool))),
                history.turns().size(),
                history.modelCalls(),
                now.waiting(),
                history.usage(),
                history.cost(),
                row.options().maxBudget(),
                row.options().maxTurns(),
                history.turns(),
                sandbox(scope, session),
                history.lastSeq());
    }

    private record Queue(SessionStore.Row row, int waiting) {}

    private Optional<SessionStatus.SandboxView> sandbox(Scope scope, SessionId session) {
        return parts.lifecycle()
                .of(scope, session)
                .map(sandbox -> new SessionStatus.SandboxView(
                        parts.lifecycle().glance(sandbox),
                        live.find(session).map(LiveSession::openedMicros).orElse(OptionalLong.empty())));
    }
}
