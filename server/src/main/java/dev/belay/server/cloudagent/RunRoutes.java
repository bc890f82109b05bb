package dev.belay.server.cloudagent;

import dev.belay.agent.model.catalogue.ProviderKey;
import dev.belay.agent.session.Sessions;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.TurnStatus;
import dev.belay.server.cloudagent.body.RunBody;
import dev.belay.server.cloudagent.stream.Opening;
import dev.belay.server.cloudagent.stream.SessionStream;
import dev.belay.server.cloudagent.stream.SessionStream.End;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.LiveResponse;
import dev.belay.server.http.Route;
import dev.belay.store.IdempotencyStore.RequestKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;

/** {@code POST /agent/run}: a prompt in a session of its own, and the stream of what comes of it. */
final class RunRoutes implements AutoCloseable {
    private static final String RUN = "/agent/run";

    private final SessionStream.Parts parts;
    private final Duration reattach;
    private final boolean resume;
    private final RunReaders readers = new RunReaders(Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("run-readers").factory()));

    RunRoutes(SessionStream.Parts parts, Duration reattach, boolean resume) {
        this.parts = parts;
        this.reattach = reattach;
        this.resume = resume;
    }

    List<Route> routes() {
        return List.of(Route.post(RUN, Access.RUN, this::run));
    }

    private void run(Call call) {
        byte[] bytes = call.body();
        RunBody body = RunBody.read(bytes, resume);
        RunRequest request =
                body.request().with(ProviderKey.ofRequest(Requests.PROVIDER_KEY, call.headers(Requests.PROVIDER_KEY)));
        Optional<RequestKey> key = Requests.idempotencyKey(call, bytes);
        SessionId fresh = parts.sessions().newId();
        Scope scope = call.scope();
        try (Opening opening = new Opening(parts, scope, call.admission())) {
            opening.subscribeToNew(fresh);
            Sessions.Started started = parts.sessions().start(scope, fresh, request, key);
            SessionId session = started.session();
            if (started.attached()) {
                opening.subscribe(session, 0);
            }
            readers.joined(session);
            call.answerUntil(opening.stream(session, LiveResponse.begin(call))
                    .carryTurn(started.turn())
                    .whenComplete((end, _) -> {
                        if (end == End.CLIENT_LEFT && !body.detach()) {
                            readers.abandoned(
                                    session,
                                    key.isPresent() ? reattach : Duration.ZERO,
                                    () -> parts.sessions().stop(scope, session, TurnStatus.CANCELLED));
                        } else {
                            readers.left(session);
                        }
                    }));
        }
    }

    @Override
    public void close() {
        readers.close();
    }
}
