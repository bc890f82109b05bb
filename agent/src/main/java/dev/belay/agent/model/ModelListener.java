package dev.belay.agent.model;

import dev.belay.api.Cost;
import dev.belay.api.Usage;
import dev.belay.api.event.Delta;

/** Takes what a model says while it says it. Calls come from one thread, in order. */
public interface ModelListener {
    /** A piece of the block that is being written. */
    void delta(Delta.Kind kind, String text);

    /** A block is complete. */
    void block(Message.Block block);

    /**
     * What the call has used and cost so far, all in all. Where a call does not come to its end the last of these counts; where none came
     * it cost nothing.
     *
     * @param cost {@code unknown} as long as the provider has not counted all that it does
     */
    default void counted(Usage usage, Cost cost) {}
}
