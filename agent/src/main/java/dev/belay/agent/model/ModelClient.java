package dev.belay.agent.model;

import dev.belay.api.Money;
import java.util.Optional;
import java.util.OptionalInt;

/** One provider's way to call a model. Does not retry. Safe for many threads. */
public interface ModelClient {
    /**
     * Calls the model and returns when its answer is complete.
     *
     * @throws ModelException if the provider refused or the answer did not come to its end
     * @throws InterruptedException if the turn ends; the call is cancelled
     */
    ModelAnswer ask(ModelRequest request, ModelListener listener) throws ModelException, InterruptedException;

    /** What the call can cost at most, to be reserved before it; empty if no price is known. */
    Optional<Money> worstCase(ModelRequest request);

    /** How many tokens the model can be told at once; empty if that is not known. */
    default OptionalInt contextTokens() {
        return OptionalInt.empty();
    }
}
