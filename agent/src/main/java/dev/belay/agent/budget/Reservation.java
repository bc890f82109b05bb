package dev.belay.agent.budget;

import dev.belay.api.Cost;
import dev.belay.api.Money;

/** The worst case of one call, kept free for it until it is settled. Settled once, by whichever thread is first. */
public final class Reservation implements AutoCloseable {
    private final Budget budget;
    private final Money amount;
    private boolean settled;

    Reservation(Budget budget, Money amount) {
        this.budget = budget;
        this.amount = amount;
    }

    /** The call was made and cost this. */
    public synchronized void settle(Cost cost) {
        if (!settled) {
            settled = true;
            budget.settle(amount, cost);
        }
    }

    /** If it was not settled, nothing was spent. */
    @Override
    public void close() {
        settle(Cost.NONE);
    }
}
