package dev.belay.agent.turn;

import dev.belay.agent.permission.TurnEvents;
import dev.belay.api.Scope;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SubagentEvent;
import dev.belay.eventlog.DeltaStream;
import dev.belay.eventlog.EventLog;
import dev.belay.store.Database;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The event log as one turn writes to it. What it returns is redacted, and the next step builds on that and not on what came in. Events that
 * nothing acts on before the next ones follow may be held, to share their commit; nothing leaves for a model and no tool starts while any are.
 * Safe for the threads of one turn.
 */
final class TurnLog implements TurnEvents {
    private final EventLog log;
    private final TurnSetup setup;
    private EventLog.@Nullable Append held;
    private Database.@Nullable Written<List<Event>> announced;

    TurnLog(EventLog log, TurnSetup setup) {
        this.log = log;
        this.setup = setup;
    }

    @Override
    public EventBody append(EventBody body) {
        return append(List.of(draft(body))).getFirst();
    }

    /** Apart from what is held, which is not theirs. */
    @Override
    public EventBody append(Scope by, EventBody body) {
        return SubagentEvent.done(
                log.append(by, setup.stream(), attributed(draft(body))).body());
    }

    /** Appends what is held and these; when this returns, all are durable. */
    List<EventBody> append(List<EventDraft> drafts) {
        EventLog.Append append = prepare(drafts);
        store(append);
        return bodies(append);
    }

    /** Appends what nothing waits for; the next append follows it, mostly into the same commit. What is held is durable when this returns. */
    synchronized void announce(EventBody body) {
        EventLog.Append append = prepare(List.of(draft(body)));
        if (held == null) {
            announced = log.submit(append);
        } else {
            store(append);
        }
    }

    /** Keeps them for the next append, or for the end of the turn. */
    synchronized List<EventBody> hold(List<EventDraft> drafts) {
        EventLog.Append append = prepare(drafts);
        held = held == null ? append : held.followedBy(append);
        return bodies(append);
    }

    /** What waits to be stored with the end of the turn. */
    synchronized Optional<EventLog.Append> held() {
        return Optional.ofNullable(held);
    }

    private EventLog.Append prepare(List<EventDraft> drafts) {
        return log.prepare(
                setup.scope(),
                setup.stream(),
                drafts.stream().map(this::attributed).toList());
    }

    private EventDraft attributed(EventDraft draft) {
        return setup.lineage().map(lineage -> lineage.of(draft)).orElse(draft);
    }

    private static List<EventBody> bodies(EventLog.Append append) {
        return append.bodies().stream().map(SubagentEvent::done).toList();
    }

    private synchronized void store(EventLog.Append append) {
        Database.Written<List<Event>> earlier = announced;
        announced = null;
        log.append(held == null ? append : held.followedBy(append));
        if (earlier != null) {
            earlier.await();
        }
        held = null;
    }

    EventDraft draft(EventBody body) {
        return EventDraft.of(setup.turn(), body);
    }

    /** Of something that a model of that source said. */
    EventDraft said(EventBody body, String source) {
        return draft(body).withSource(source);
    }

    DeltaStream deltas() {
        return log.deltas(setup.stream());
    }
}
