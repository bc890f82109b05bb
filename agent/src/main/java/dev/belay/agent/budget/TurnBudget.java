package dev.belay.agent.budget;

import dev.belay.api.Cost;
import dev.belay.api.Money;
import java.util.Optional;

/** What one turn may spend. A call is reserved at its worst case before it is made and settled at its real cost after. For one thread. */
public final class TurnBudget {
    private final Optional<Money> limit;
    private Cost spent = Cost.NONE;

    /** @param limit empty for none */
    public TurnBudget(Optional<Money> limit) {
        this.limit = limit;
    }

    /** Whether a call that costs at most this much still fits. Without a known worst case it fits as long as something is left. */
    public boolean allows(Optional<Money> worstCase) {
        if (limit.isEmpty()) {
            return true;
        }
        Money most = limit.get();
        return worstCase.isPresent()
                ? spent.amount().plus(worstCase.get()).compareTo(most) <= 0
                : spent.amount().compareTo(most) < 0;
    }

    /** A call was made and cost this. */
    public void settle(Cost cost) {
        spent = spent.plus(cost);
    }

    public Cost spent() {
        return spent;
    }

    public Optional<Money> limit() {
        return limit;
    }
}
