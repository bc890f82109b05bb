package dev.belay.api.event;

import java.util.Objects;

/**
 * Which sub-agent of a turn.
 *
 * @param call the id of the tool call that started it
 * @param agent the name of its definition
 */
public record Subagent(String call, String agent) {
    public Subagent {
        Objects.requireNonNull(call, "call is null");
        Objects.requireNonNull(agent, "agent is null");
    }
}
