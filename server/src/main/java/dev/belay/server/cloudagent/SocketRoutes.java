package dev.belay.server.cloudagent;

import dev.belay.agent.model.catalogue.ProviderKey;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.view.SessionStanding;
import dev.belay.api.Permission;
import dev.belay.api.Secret;
import dev.belay.api.SessionId;
import dev.belay.server.cloudagent.stream.SessionStream;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Route;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code WS /agent/ws}: a session over a WebSocket (contract: Cloud Agent 1.3). What is wrong with the handshake is an HTTP error. */
final class SocketRoutes {
    private final SessionStream.Parts parts;

    SocketRoutes(SessionStream.Parts parts) {
        this.parts = parts;
    }

    List<Route> routes() {
        return List.of(Route.get("/agent/ws", Access.READ, this::open));
    }

    private void open(Call call) throws IOException {
        call.requireHandshake();
        Optional<SessionId> named = call.query("session_id").map(Requests::session);
        long after = call.query("after_seq")
                .map(text -> Requests.whole("after_seq", text))
                .orElse(0L);
        Map<String, Secret> keys = ProviderKey.ofRequest(Requests.PROVIDER_KEY, call.headers(Requests.PROVIDER_KEY));
        SessionId session = named.orElseGet(() -> create(call));
        SessionStanding now = parts.sessions().standing(call.scope(), session);
        call.upgrade(new SessionSocket(
                parts, call.scope(), call.admission(), session, keys, Math.min(after, now.lastSeq())));
    }

    private SessionId create(Call call) {
        call.scope().require(Permission.RUN);
        return parts.sessions()
                .create(call.scope(), Optional.empty(), RunOptions.DEFAULT, Optional.empty())
                .session();
    }
}
