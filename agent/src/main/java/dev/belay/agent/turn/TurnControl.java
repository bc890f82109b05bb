package dev.belay.agent.turn;

import dev.belay.api.event.TurnStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a running turn is told to end, and what it is told meanwhile. The first reason to end counts, and the turn's thread is interrupted.
 * Safe for many threads.
 */
public final class TurnControl {
    private final Optional<TurnControl> above;
    private @Nullable TurnStatus reason;
    private boolean suspended;
    private @Nullable Thread thread;

    private final List<String> steers = new ArrayList<>();
    private boolean listening = true;

    /** Of a turn that stands alone. */
    public TurnControl() {
        this(Optional.empty());
    }

    private TurnControl(Optional<TurnControl> above) {
        this.above = above;
    }

    /** Of a sub-agent's turn within this one, which ends with it. Whoever runs it interrupts its thread then. */
    TurnControl within() {
        return new TurnControl(Optional.of(this));
    }

    /**
     * Tells the model something before its next call.
     *
     * @param store makes it durable and returns it as it is stored
     * @return false if the turn asks the model no more; nothing is stored then
     */
    public synchronized boolean steer(Supplier<String> store) {
        if (listening) {
            steers.add(store.get());
        }
        return listening;
    }

    /** What was stored before this process began and the model has not been told yet. */
    public synchronized void steered(List<String> stored) {
        steers.addAll(stored);
    }

    /** What the model is to be told now. */
    synchronized List<String> takeSteers() {
        List<String> taken = List.copyOf(steers);
        steers.clear();
        return taken;
    }

    /** The turn means to end; false if there is something that the model is still to be told. */
    synchronized boolean endListening() {
        listening = !steers.isEmpty();
        return !listening;
    }

    /** The turn's thread is this one; from now on a stop interrupts it. */
    public synchronized void begin() {
        thread = Thread.currentThread();
        if (reason != null) {
            thread.interrupt();
        }
    }

    /** The turn has decided how it ends; a stop that comes later changes nothing. */
    synchronized void end() {
        thread = null;
        listening = false;
        Thread.interrupted();
    }

    /** Asks the turn to end with that status. */
    public synchronized void stop(TurnStatus as) {
        if (reason == null) {
            reason = as;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    /** Asks the turn to stop where it is: the next process goes on with it. */
    public synchronized void suspend() {
        suspended = reason == null;
        stop(TurnStatus.INTERRUPTED);
    }

    /** Whether it was asked to stop for another process to go on. */
    public synchronized boolean suspended() {
        return suspended;
    }

    /** Why it was asked to end, if it was. */
    public synchronized Optional<TurnStatus> stopped() {
        return Optional.ofNullable(reason).or(() -> above.flatMap(TurnControl::stopped));
    }
}
