package dev.belay.agent.turn;

import dev.belay.api.Cost;
import dev.belay.api.Usage;

/** What of a turn was done before the process that goes on with it. Times are milliseconds. */
public record TurnProgress(int modelCalls, Usage usage, Cost cost, String text, long elapsedMillis) {
    /** Of a turn that begins. */
    public static final TurnProgress NONE = new TurnProgress(0, Usage.NONE, Cost.NONE, "", 0);
}
