package dev.belay.agent.model;

import dev.belay.api.event.Delta;

/** Takes what a model says while it says it. Calls come from one thread, in order. */
public interface ModelListener {
    /** A piece of the block that is being written. */
    void delta(Delta.Kind kind, String text);

    /** A block is complete. */
    void block(Message.Block block);
}
