package dev.belay.cli.run;

import dev.belay.agent.session.Sessions;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.Subscription;
import dev.belay.eventlog.Subscription.Delivery;
import dev.belay.eventlog.Subscription.ReaderTooSlowException;
import dev.belay.server.Belay;
import dev.belay.server.ServerOptions;
import dev.belay.server.cloudagent.wire.WireEvent;
import dev.belay.server.cloudagent.wire.WireEvents;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.Configuration.LogSettings;
import dev.belay.server.logging.Logging;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One run in this process, on a data directory of its own. */
final class LocalRun implements AutoCloseable {
    private final Belay belay;
    private final Scope scope;
    private final SessionId session;
    private final WireEvents wire;

    /** @param configuration names a data directory that is new, for this run alone */
    LocalRun(Configuration configuration, Map<String, String> environment, SessionId session) {
        this.belay = Belay.open(configuration, environment, List.of());
        this.session = session;
        this.wire = new WireEvents(belay.clock());
        Logging.configure(new LogSettings(LogSettings.Level.WARN, LogSettings.Format.TEXT), belay.redactor()::redact);
        belay.bootstrap().makeDefault();
        Scope workspace = belay.bootstrap().devScope();
        this.scope = belay.tenancy().localScope(workspace.organisation(), workspace.workspace());
    }

    /** @throws dev.belay.api.InvalidRequestException if it cannot be started like that; then the session is not stored */
    Sessions.Started start(RunRequest request) {
        return belay.sessions().start(scope, session, request);
    }

    /**
     * Follows the run to its end.
     *
     * @param reader gets every event as the HTTP API would send it, but for the last
     * @return the last: how the run ended
     */
    Ended follow(Sessions.Started started, Consumer<WireEvent> reader) throws InterruptedException {
        Instant begin = belay.clock().instant();
        long cursor = 0;
        while (true) {
            try (Subscription events = belay.log().subscribe(scope, StreamId.of(session), cursor)) {
                while (true) {
                    Optional<Delivery> next = events.next(ServerOptions.HEARTBEAT);
                    if (next.isEmpty()) {
                        Optional<TurnEvent.Finished> unrecorded =
                                belay.sessions().unrecorded(session);
                        if (unrecorded.isPresent()) {
                            return new Ended(
                                    unrecorded.get().status(),
                                    wire.unrecorded(session, started.turn(), unrecorded.get()));
                        }
                        reader.accept(running(started.turn(), begin));
                    } else if (next.get() instanceof Delivery.Durable(Event event)) {
                        Optional<WireEvent> line = wire.of(event);
                        if (event.body() instanceof TurnEvent.Finished finished) {
                            return new Ended(finished.status(), line.orElseThrow());
                        }
                        line.ifPresent(reader);
                        cursor = event.seq();
                    }
                }
            } catch (ReaderTooSlowException e) {
                cursor = e.resumeAfter();
            }
        }
    }

    /** How a run ended, and the event that says so. */
    record Ended(TurnStatus status, WireEvent event) {}

    private WireEvent running(TurnId turn, Instant begin) {
        return wire.running(session, turn, Duration.between(begin, belay.clock().instant()));
    }

    /** Asks the turn to end with that status, if it still runs. */
    void stop(TurnStatus as) {
        belay.sessions().stop(scope, session, as);
    }

    @Override
    public void close() {
        belay.close();
    }
}
