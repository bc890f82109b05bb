package dev.belay.server.cloudagent;

import dev.belay.agent.session.Sessions;
import dev.belay.eventlog.EventLog;
import dev.belay.server.cloudagent.stream.SessionStream;
import dev.belay.server.cloudagent.stream.SharedLines;
import dev.belay.server.cloudagent.stream.StreamPulse;
import dev.belay.server.cloudagent.wire.UsageView;
import dev.belay.server.cloudagent.wire.WireEvents;
import dev.belay.server.files.FileRequests;
import dev.belay.server.http.Access;
import dev.belay.server.http.Face;
import dev.belay.server.http.OpenStreams;
import dev.belay.server.http.Route;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** The Cloud Agent API (contract: Cloud Agent 1): runs, sessions and their turns, and their events. */
public final class CloudAgentFace implements Face, AutoCloseable {
    private final StreamPulse pulse;
    private final RunRoutes runs;
    private final SessionRoutes sessions;
    private final EventRoutes events;
    private final PermissionRoutes permissions;
    private final Route usage;
    private final SessionFileRoutes files;
    private final ConversationRoutes conversations;
    private final SocketRoutes sockets;

    /**
     * @param heartbeat how long a stream may be silent
     * @param reattach how long a run with an idempotency key outlives its last reader
     * @param resumeRuns whether a run goes on after the server died, unless its request says otherwise
     * @param files how large what goes in and out may be
     */
    public CloudAgentFace(
            Sessions sessions,
            EventLog log,
            OpenStreams streams,
            InstantSource clock,
            Duration heartbeat,
            Duration reattach,
            boolean resumeRuns,
            FileRequests.Limits files) {
        this.pulse = new StreamPulse(heartbeat);
        WireEvents wire = new WireEvents(clock);
        SessionStream.Parts parts =
                new SessionStream.Parts(wire, new SharedLines(wire), sessions, log, streams, pulse, clock, heartbeat);
        this.runs = new RunRoutes(parts, reattach, resumeRuns);
        this.sessions = new SessionRoutes(parts);
        this.events = new EventRoutes(parts);
        this.permissions = new PermissionRoutes(sessions.approvals());
        this.usage = Route.get(
                "/agent/usage",
                Access.READ,
                call -> call.answer(200, UsageView.of(sessions, call.scope(), clock, call::query)));
        this.files = new SessionFileRoutes(sessions.files(), files);
        this.conversations = new ConversationRoutes(sessions.conversations());
        this.sockets = new SocketRoutes(parts);
    }

    @Override
    public List<Route> routes() {
        return Stream.of(
                        runs.routes(),
                        sessions.routes(),
                        events.routes(),
                        sockets.routes(),
                        permissions.routes(),
                        files.routes(),
                        conversations.routes(),
                        List.of(usage))
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public void close() {
        runs.close();
        pulse.close();
    }
}
