package dev.belay.server.cloudagent;

import dev.belay.agent.mcp.McpRequest;
import dev.belay.agent.model.catalogue.ProviderKey;
import dev.belay.agent.session.Sessions;
import dev.belay.agent.session.request.SessionFilter;
import dev.belay.agent.session.request.TurnRequest;
import dev.belay.agent.session.view.Compacted;
import dev.belay.agent.session.view.SessionStatus;
import dev.belay.agent.session.view.SessionSummary;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.SessionId;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnStatus;
import dev.belay.server.cloudagent.body.McpServersBody;
import dev.belay.server.cloudagent.body.MessageBody;
import dev.belay.server.cloudagent.body.RequestOptions;
import dev.belay.server.cloudagent.stream.Opening;
import dev.belay.server.cloudagent.stream.SessionStream;
import dev.belay.server.cloudagent.wire.StatusView;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.LiveResponse;
import dev.belay.server.http.Route;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Sessions (contract: Cloud Agent 1.2 and 1.3): made, spoken to, interrupted, listed, renamed, deleted. */
final class SessionRoutes {
    private static final String SESSION = "/agent/session/{session_id}";
    private static final List<String> STATES = List.of("created", "running", "idle", "expired");
    private static final int LONGEST_PAGE = 200;
    private static final long USUAL_PAGE = 50;
    /** Turns or events in one status. */
    private static final int HISTORY_PAGE = 500;

    private final SessionStream.Parts parts;

    SessionRoutes(SessionStream.Parts parts) {
        this.parts = parts;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/agent/session", Access.RUN, this::create),
                Route.get("/agent/sessions", Access.READ, this::list),
                Route.post(SESSION + "/message", Access.RUN, this::message),
                Route.post(SESSION + "/interrupt", Access.RUN, this::interrupt),
                Route.post(SESSION + "/compact", Access.RUN, this::compact),
                Route.get(SESSION + "/status", Access.READ, this::status),
                Route.patch(SESSION, Access.RUN, this::rename),
                Route.delete(SESSION, Access.RUN, this::delete));
    }

    private void create(Call call) {
        byte[] bytes = call.body();
        ObjectNode object = Json.readObject(bytes);
        Fields options = RequestOptions.ofSession(object);
        Optional<String> name = new Fields(object).string("session_name");
        McpRequest mcp = new McpRequest(McpServersBody.read(options), 0);
        Sessions.Made made = parts.sessions()
                .create(
                        call.scope(),
                        name,
                        RequestOptions.read(options, true, mcp),
                        mcp,
                        Requests.idempotencyKey(call, bytes));
        call.answer(
                200,
                Json.object()
                        .put("session_id", made.session().value())
                        .put("session_name", name.orElse(null))
                        .put("status", "created"));
    }

    private void message(Call call) {
        byte[] bytes = call.body();
        SessionId session = Requests.session(call);
        TurnRequest request = MessageBody.read(bytes)
                .request()
                .with(ProviderKey.ofRequest(Requests.PROVIDER_KEY, call.headers(Requests.PROVIDER_KEY)));
        // A steered turn is told from here on, a new one begins after this.
        long before = parts.log().lastSeq(call.scope(), StreamId.of(session));
        try (Opening opening = new Opening(parts, call.scope(), call.admission())) {
            Sessions.Started started =
                    parts.sessions().message(call.scope(), session, request, Requests.idempotencyKey(call, bytes));
            opening.subscribe(session, started.attached() ? 0 : before);
            call.answerUntil(opening.stream(session, LiveResponse.begin(call)).carryTurn(started.turn()));
        }
    }

    private void interrupt(Call call) {
        SessionId session = Requests.session(call);
        boolean runs = parts.sessions().stop(call.scope(), session, TurnStatus.INTERRUPTED);
        call.answer(
                200, Json.object().put("session_id", session.value()).put("status", runs ? "interrupting" : "idle"));
    }

    private void compact(Call call) {
        SessionId session = Requests.session(call);
        Compacted compacted = parts.sessions().compact(call.scope(), session);
        ObjectNode answer = Json.object()
                .put("session_id", session.value())
                .put("compacted", compacted.notPossible().isEmpty());
        compacted.notPossible().ifPresent(reason -> answer.put("reason", reason));
        call.answer(
                200,
                answer.put("messages_before", compacted.before().messages())
                        .put("messages_after", compacted.after().messages())
                        .put("tokens_before", compacted.before().tokens())
                        .put("tokens_after", compacted.after().tokens()));
    }

    private void status(Call call) {
        SessionId session = Requests.session(call);
        String history = call.query("history").orElse("summary");
        long after = call.query("after_seq")
                .map(text -> Requests.whole("after_seq", text))
                .orElse(0L);
        SessionStatus status = parts.sessions().status(call.scope(), session);
        ObjectNode json = StatusView.of(status);
        switch (history) {
            case "none" -> {}
            case "summary" -> turns(json, status, after);
            case "events" -> events(json, call, status, after);
            default -> throw new InvalidRequestException("history", "history must be none, summary or events");
        }
        call.answer(200, json);
    }

    private static void turns(ObjectNode json, SessionStatus status, long after) {
        List<SessionStatus.TurnSummary> turns =
                status.history().stream().filter(turn -> turn.fromSeq() > after).toList();
        List<SessionStatus.TurnSummary> page = turns.subList(0, Math.min(turns.size(), HISTORY_PAGE));
        ArrayNode history = json.putArray("history");
        page.forEach(turn -> history.add(StatusView.turn(turn)));
        json.put("history_next", page.size() < turns.size() ? page.getLast().fromSeq() : null);
    }

    private void events(ObjectNode json, Call call, SessionStatus status, long after) {
        ArrayNode history = json.putArray("history");
        List<Event> page =
                parts.log().read(call.scope(), StreamId.of(status.session().id()), after, HISTORY_PAGE);
        page.forEach(event -> parts.wire().of(event).ifPresent(line -> history.add(Json.read(line.json()))));
        boolean more = !page.isEmpty() && page.getLast().seq() < status.lastSeq();
        json.put("history_next", more ? page.getLast().seq() : null);
    }

    private void list(Call call) {
        call.query("state").filter(state -> !STATES.contains(state)).ifPresent(state -> {
            throw new InvalidRequestException("state", "state must be one of " + String.join(", ", STATES));
        });
        long limit =
                call.query("limit").map(text -> Requests.whole("limit", text)).orElse(USUAL_PAGE);
        if (limit < 1 || limit > LONGEST_PAGE) {
            throw new InvalidRequestException("limit", "limit must be from 1 to " + LONGEST_PAGE);
        }
        List<SessionSummary> page = parts.sessions()
                .list(
                        call.scope(),
                        new SessionFilter(
                                call.query("name"),
                                call.query("state"),
                                Requests.truth(call, "runs").orElse(false)),
                        call.query("cursor").map(Requests::session),
                        Math.toIntExact(limit));
        ObjectNode body = Json.object();
        ArrayNode sessions = body.putArray("sessions");
        page.forEach(session -> sessions.add(StatusView.of(session)));
        body.put("next_cursor", page.size() < limit ? null : page.getLast().id().value());
        call.answer(200, body);
    }

    private void rename(Call call) {
        Fields fields = new Fields(Json.readObject(call.body())).only(List.of("session_name"));
        SessionId session = Requests.session(call);
        Optional<String> name = fields.string("session_name");
        parts.sessions().rename(call.scope(), session, name);
        call.answer(200, Json.object().put("session_id", session.value()).put("session_name", name.orElse(null)));
    }

    private void delete(Call call) {
        SessionId session = Requests.session(call);
        boolean erase = Requests.truth(call, "erase").orElse(false);
        if (erase) {
            parts.sessions().conversations().erase(call.scope(), session);
        } else {
            parts.sessions().delete(call.scope(), session);
        }
        call.answer(
                200, Json.object().put("status", erase ? "erased" : "deleted").put("session_id", session.value()));
    }
}
