package dev.belay.api.event;

import java.util.Objects;

/**
 * What a sub-agent did within a turn: it has a beginning, a prompt, model calls, tool calls and an end of its own, each the event that a turn
 * would have. Whoever follows the turn itself need not look at them: of all that, only the result of the call that started the sub-agent
 * is part of the session's conversation.
 *
 * @param body what it did; never an event of yet another sub-agent
 */
public record SubagentEvent(Subagent subagent, EventBody body) implements EventBody {
    public SubagentEvent {
        Objects.requireNonNull(subagent, "subagent is null");
        if (body instanceof SubagentEvent) {
            throw new IllegalArgumentException("a sub-agent has no sub-agents");
        }
    }

    /** What was done, by whomever. */
    public static EventBody done(EventBody body) {
        return body instanceof SubagentEvent(Subagent _, EventBody done) ? done : body;
    }
}
