package dev.belay.agent.turn;

import dev.belay.api.event.EventDraft;
import dev.belay.api.event.Subagent;

/**
 * Whose events a sub-agent's are.
 *
 * @param began the {@code seq} of the event with which it began
 */
record Lineage(Subagent subagent, long began) {
    EventDraft of(EventDraft draft) {
        return draft.by(subagent, began);
    }

    /** The word for all requests of this sub-agent in that session; short, because providers bound it. */
    String session(String session) {
        return session + "/" + Integer.toHexString(subagent.call().hashCode());
    }
}
