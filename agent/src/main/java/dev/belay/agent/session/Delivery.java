package dev.belay.agent.session;

import dev.belay.agent.session.request.TurnRequest;
import dev.belay.agent.session.request.TurnRequest.WhenBusy;
import dev.belay.api.ConflictException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import dev.belay.store.IdempotencyStore;
import dev.belay.store.Tx;
import java.util.List;
import java.util.Optional;

/** Brings a prompt to a session: as a turn of its own, now or after those before it, or into the turn that runs. */
final class Delivery {
    private final Sessions.Parts parts;
    private final SessionLimits limits;
    private final Turns turns;

    Delivery(Sessions.Parts parts, SessionLimits limits, Turns turns) {
        this.parts = parts;
        this.limits = limits;
        this.turns = turns;
    }

    Sessions.Started deliver(
            Scope scope, SessionStore.Row row, TurnRequest request, Optional<IdempotencyStore.RequestKey> key) {
        if (request.whenBusy() == WhenBusy.STEER) {
            Optional<Sessions.Started> steered = steer(scope, row.id(), request, key);
            if (steered.isPresent()) {
                return steered.get();
            }
        }
        boolean busy = row.openTurn().isPresent();
        while (true) {
            Optional<Sessions.Started> taken = busy && request.whenBusy() == WhenBusy.QUEUE
                    ? queue(scope, row, request, key)
                    : busy ? Optional.empty() : start(scope, row, request, key);
            if (taken.isPresent()) {
                return taken.get();
            }
            if (request.whenBusy() != WhenBusy.QUEUE) {
                throw new ConflictException(
                        "session_busy",
                        "a turn runs in session " + row.id()
                                + "; wait for its result, interrupt it, or send the message with \"queue\": true");
            }
            // What was so a moment ago is not any more; each look is at what the other found.
            busy = !busy;
        }
    }

    private Optional<Sessions.Started> steer(
            Scope scope, SessionId session, TurnRequest request, Optional<IdempotencyStore.RequestKey> key) {
        return turns.of(session).flatMap(turn -> {
            EventLog.Append append = parts.log()
                    .prepare(
                            scope,
                            StreamId.of(session),
                            List.of(EventDraft.of(turn.turn(), new MessageEvent.Steer(request.prompt()))));
            boolean told = turn.control().steer(() -> {
                parts.database().write(tx -> {
                    key.ifPresent(k -> remember(tx, k, session, turn.turn()));
                    return append.in(tx);
                });
                return ((MessageEvent.Steer) append.bodies().getFirst()).text();
            });
            return told
                    ? Optional.of(new Sessions.Started(session, turn.turn(), Sessions.Taken.STEERED))
                    : Optional.empty();
        });
    }

    /** Empty if nothing runs that it could wait for. */
    private Optional<Sessions.Started> queue(
            Scope scope, SessionStore.Row row, TurnRequest request, Optional<IdempotencyStore.RequestKey> key) {
        TurnId turn = new TurnId(parts.ids().next());
        EventLog.Append append = parts.log()
                .prepare(
                        scope,
                        StreamId.of(row.id()),
                        List.of(EventDraft.of(turn, new TurnEvent.Queued(request.prompt()))));
        String prompt = ((TurnEvent.Queued) append.bodies().getFirst()).prompt();
        return parts.database().write(tx -> {
            Optional<Sessions.Started> earlier = key.flatMap(k -> SessionMaking.earlier(tx, k, parts.nowMicros()));
            if (earlier.isPresent()) {
                return earlier;
            }
            int waiting = TurnQueueStore.count(tx, row.id());
            boolean open = SessionStore.find(tx, scope, row.id())
                    .flatMap(SessionStore.Row::openTurn)
                    .isPresent();
            if (!open && waiting == 0) {
                return Optional.empty();
            }
            if (waiting >= limits.queuedTurns()) {
                throw new ConflictException(
                        "queue_full", waiting + " messages wait in session " + row.id() + " already, as many as may");
            }
            TurnQueueStore.add(
                    tx,
                    row.id(),
                    new TurnQueueStore.Queued(turn, scope.principal().name(), prompt, request.options()));
            append.in(tx);
            key.ifPresent(k -> remember(tx, k, row.id(), turn));
            return Optional.of(new Sessions.Started(row.id(), turn, Sessions.Taken.QUEUED));
        });
    }

    /** Empty if another turn runs. */
    private Optional<Sessions.Started> start(
            Scope scope, SessionStore.Row row, TurnRequest request, Optional<IdempotencyStore.RequestKey> key) {
        TurnId turn = new TurnId(parts.ids().next());
        Turns.Checked checked = turns.check(new Turns.Wanted(
                scope,
                row.id(),
                row.options().with(request.options()),
                request.options().maxBudget(),
                request.keys()));
        RunningTurn reserved = turns.reserve(checked, turn, () -> turns.sessionOf(row), false);
        boolean resume = row.options().resume() && request.keys().isEmpty();
        return turns.goOn(
                reserved,
                stored -> stored.filter(started -> !started.attached()).isPresent(),
                () -> {
                    EventLog.Append append = parts.log()
                            .prepare(
                                    scope,
                                    StreamId.of(row.id()),
                                    Turns.beginning(turn, checked.model(), request.options(), request.prompt()));
                    return parts.database().write(tx -> {
                        Optional<Sessions.Started> earlier =
                                key.flatMap(k -> SessionMaking.earlier(tx, k, parts.nowMicros()));
                        if (earlier.isPresent()) {
                            return earlier;
                        }
                        if (TurnQueueStore.count(tx, row.id()) > 0
                                || !SessionStore.begin(
                                        tx, row.id(), turn, checked.model(), resume, parts.nowMicros())) {
                            return Optional.empty();
                        }
                        append.in(tx);
                        key.ifPresent(k -> remember(tx, k, row.id(), turn));
                        return Optional.of(new Sessions.Started(row.id(), turn, Sessions.Taken.STARTED));
                    });
                });
    }

    private void remember(Tx tx, IdempotencyStore.RequestKey key, SessionId session, TurnId turn) {
        IdempotencyStore.remember(tx, key, session + " " + turn, parts.nowMicros());
    }
}
