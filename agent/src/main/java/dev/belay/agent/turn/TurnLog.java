package dev.belay.agent.turn;

import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.eventlog.DeltaStream;
import dev.belay.eventlog.EventLog;
import java.util.List;

/** The event log as one turn writes to it. What it returns is redacted and durable: the next step builds on that and not on what came in. */
final class TurnLog {
    private final EventLog log;
    private final TurnSetup setup;

    TurnLog(EventLog log, TurnSetup setup) {
        this.log = log;
        this.setup = setup;
    }

    EventBody append(EventBody body) {
        return append(List.of(draft(body))).getFirst();
    }

    List<EventBody> append(List<EventDraft> drafts) {
        return log.append(setup.scope(), setup.stream(), drafts).stream()
                .map(Event::body)
                .toList();
    }

    EventDraft draft(EventBody body) {
        return EventDraft.of(setup.turn(), body);
    }

    /** Of something that the model said, with the model's source. */
    EventDraft said(EventBody body) {
        return draft(body).withSource(setup.model().source());
    }

    DeltaStream deltas() {
        return log.deltas(setup.stream());
    }
}
