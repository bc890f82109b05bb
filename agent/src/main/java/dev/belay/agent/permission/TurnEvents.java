package dev.belay.agent.permission;

import dev.belay.api.Scope;
import dev.belay.api.event.EventBody;

/** Where the events of one turn, or of a sub-agent in it, are stored. Safe for many threads. */
public interface TurnEvents {
    /** Makes it durable; returns it as it is stored. */
    EventBody append(EventBody body);

    /** As above, done by somebody else than the turn's principal. */
    EventBody append(Scope by, EventBody body);
}
