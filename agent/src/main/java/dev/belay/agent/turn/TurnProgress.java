package dev.belay.agent.turn;

import dev.belay.api.Cost;
import dev.belay.api.Usage;

/**
 * What of a turn was done before the process that goes on with it. Times are milliseconds.
 *
 * @param subagentCalls model calls of sub-agents, which are in {@code usage} and {@code cost} but not in {@code modelCalls}
 */
public record TurnProgress(int modelCalls, int subagentCalls, Usage usage, Cost cost, String text, long elapsedMillis) {
    /** Of a turn that begins. */
    public static final TurnProgress NONE = new TurnProgress(0, 0, Usage.NONE, Cost.NONE, "", 0);
}
