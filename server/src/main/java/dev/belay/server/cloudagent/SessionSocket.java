package dev.belay.server.cloudagent;

import dev.belay.agent.session.Sessions;
import dev.belay.agent.session.view.SessionStanding;
import dev.belay.api.BelayException;
import dev.belay.api.CapacityException;
import dev.belay.api.ConflictException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.MalformedRequestException;
import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.api.Secret;
import dev.belay.api.SessionId;
import dev.belay.api.UnauthenticatedException;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.server.cloudagent.body.MessageBody;
import dev.belay.server.cloudagent.stream.Opening;
import dev.belay.server.cloudagent.stream.SessionStream;
import dev.belay.server.http.Admission;
import dev.belay.server.http.EventSink.Cut;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.WebSocket;
import dev.belay.store.IdempotencyStore.RequestKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One client of a session on a WebSocket: it is told the session's events, the same bytes as on any other stream, and it may speak. What it
 * says wrongly is answered with an {@code error} and changes nothing.
 */
final class SessionSocket implements WebSocket.Listener {
    private static final String CLIENT_ID = "client_id";
    private static final Logger LOG = LoggerFactory.getLogger(SessionSocket.class);

    private final SessionStream.Parts parts;
    private final Scope scope;
    private final Admission admission;
    private final SessionId session;
    private final Map<String, Secret> providerKeys;
    private final long after;
    private @Nullable SessionStream stream;
    private boolean closed;

    /**
     * @param admission whether the client may still be here
     * @param providerKeys what the handshake brought; they are used for its messages
     */
    SessionSocket(
            SessionStream.Parts parts,
            Scope scope,
            Admission admission,
            SessionId session,
            Map<String, Secret> providerKeys,
            long after) {
        this.parts = parts;
        this.scope = scope;
        this.admission = admission;
        this.session = session;
        this.providerKeys = Map.copyOf(providerKeys);
        this.after = after;
    }

    @Override
    public void opened(WebSocket socket) throws ReaderGoneException {
        SessionStanding now = parts.sessions().standing(scope, session);
        socket.send(parts.wire()
                .connected(session, now.session().state(), now.lastSeq())
                .json());
        try (Opening opening = new Opening(parts, scope, admission)) {
            opening.subscribe(session, after);
            SessionStream events = opening.stream(session, socket);
            now.open().ifPresent(turn -> events.during(turn.turn(), turn.startedMicros()));
            var _ = events.carry(false, event -> event.body() instanceof SessionEvent.Ended)
                    .whenComplete((_, failure) -> failed(socket, failure));
            begun(events);
        } catch (BelayException e) {
            refuse(socket, e);
        }
    }

    private synchronized void begun(SessionStream events) {
        stream = events;
        if (closed) {
            events.gone(false);
        }
    }

    private void failed(WebSocket socket, @Nullable Throwable failure) {
        if (failure instanceof BelayException why) {
            refuse(socket, why);
        } else if (failure != null) {
            LOG.error("the events of session {} could not be told", session, failure);
            socket.cut(Cut.FAILED, after);
        }
    }

    private void refuse(WebSocket socket, BelayException why) {
        try {
            socket.send(Json.writeText(socket.error(why)));
            socket.cut(why instanceof CapacityException ? Cut.TRY_AGAIN : Cut.FAILED, after);
        } catch (ReaderGoneException e) {
            // There is nobody to refuse.
        }
    }

    @Override
    public synchronized void closed() {
        closed = true;
        if (stream != null) {
            stream.gone(false);
        }
    }

    @Override
    public void text(WebSocket socket, String text) throws ReaderGoneException {
        ObjectNode answer;
        Optional<String> clientId = Optional.empty();
        boolean refused = false;
        try {
            admission.require();
            ObjectNode frame = object(text);
            clientId = new Fields(frame).string(CLIENT_ID);
            answer = answer(text, frame, clientId);
        } catch (RuntimeException e) {
            answer = socket.error(e);
            refused = e instanceof UnauthenticatedException;
        }
        if (clientId.isPresent()) {
            answer.put(CLIENT_ID, clientId.get());
        }
        socket.send(Json.writeText(answer));
        if (refused) {
            socket.drop(Cut.KEY_ENDED, after);
        }
    }

    private ObjectNode answer(String text, ObjectNode frame, Optional<String> clientId) {
        Fields fields = new Fields(frame);
        return switch (fields.requiredString("type")) {
            case "message" -> message(text, frame, clientId);
            case "interrupt" -> interrupt(fields);
            case "permission_response" -> answered(fields);
            case "ping" -> {
                fields.only(List.of("type", CLIENT_ID));
                yield Json.object().put("type", "pong");
            }
            default ->
                throw new InvalidRequestException(
                        "type", "the type of a frame must be message, interrupt, permission_response or ping");
        };
    }

    private static ObjectNode object(String text) {
        JsonNode node = Json.read(text);
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new MalformedRequestException("a frame must be a JSON object");
    }

    private ObjectNode message(String text, ObjectNode frame, Optional<String> clientId) {
        scope.require(Permission.RUN);
        MessageBody body = MessageBody.read(frame, List.of("type", "prompt", "queue", "steer", "pin", CLIENT_ID));
        Optional<RequestKey> key = clientId.map(id -> Requests.idempotencyKey(
                scope, CLIENT_ID, id, "/agent/ws/" + session, text.getBytes(StandardCharsets.UTF_8)));
        Sessions.Started started =
                parts.sessions().message(scope, session, body.request().with(providerKeys), key);
        return parts.wire().accepted(session, started.turn());
    }

    private ObjectNode interrupt(Fields fields) {
        fields.only(List.of("type", CLIENT_ID));
        scope.require(Permission.RUN);
        if (!parts.sessions().stop(scope, session, TurnStatus.INTERRUPTED)) {
            throw new ConflictException("not_running", "no turn runs in session " + session);
        }
        return parts.wire().interrupting(session);
    }

    private ObjectNode answered(Fields fields) {
        scope.require(Permission.APPROVE);
        String ask = fields.requiredString("id");
        List<String> known = new ArrayList<>(List.of("type", CLIENT_ID, "id"));
        known.addAll(PermissionRoutes.FIELDS);
        parts.sessions().approvals().answer(scope, session, ask, PermissionRoutes.answer(fields.only(known)));
        return parts.wire().answered(session);
    }
}
