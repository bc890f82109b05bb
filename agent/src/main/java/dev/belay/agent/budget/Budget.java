package dev.belay.agent.budget;

import dev.belay.api.Cost;
import dev.belay.api.Money;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What may be spent by all that spend under it: a turn's budget lies within its session's, and that within its workspace's; a sub-agent's lies
 * within the turn's. A call is reserved at its worst case in all of them before it is made, and settled at its real cost after, so that calls
 * beside each other never spend together what only one of them may. Safe for many threads.
 */
public final class Budget {
    private final String name;
    private final Optional<Money> limit;
    private final boolean allowUnpriced;
    private final LongSupplier period;
    private final Optional<Budget> above;
    private Cost spent;
    private Money reserved = Money.ZERO;
    private long current;

    private Budget(
            String name,
            Optional<Money> limit,
            boolean allowUnpriced,
            Cost spent,
            LongSupplier period,
            Optional<Budget> above) {
        this.name = name;
        this.limit = limit;
        this.allowUnpriced = allowUnpriced;
        this.spent = spent;
        this.period = period;
        this.above = above;
        this.current = period.getAsLong();
    }

    /** One without a limit, that only counts. */
    public static Budget unlimited() {
        return new Budget("", Optional.empty(), true, Cost.NONE, () -> 0, Optional.empty());
    }

    /**
     * One that is whole again when its period is over.
     *
     * @param name how the limit is called where it is set
     * @param allowUnpriced whether calls of which no worst case is known may be made while something is left
     * @param spent in this period so far
     * @param period the number of the period that it is now
     */
    public static Budget perPeriod(String name, Money limit, boolean allowUnpriced, Cost spent, LongSupplier period) {
        return new Budget(name, Optional.of(limit), allowUnpriced, spent, period, Optional.empty());
    }

    /**
     * One within this one.
     *
     * @param newLimit empty for no other than this one's
     * @param already spent before, which this one knows of
     */
    public Budget within(String newName, Optional<Money> newLimit, boolean unpricedToo, Cost already) {
        return new Budget(newName, newLimit, unpricedToo, already, () -> 0, Optional.of(this));
    }

    /** What came of the wish to spend something. */
    public sealed interface Outcome {
        record Granted(Reservation reservation) implements Outcome {}

        /**
         * @param unpriced whether it is because nobody knows what it costs
         * @param crowded the budget in which it would fit, if calls that are being made cost nothing
         */
        record Refused(boolean unpriced, String why, Optional<Budget> crowded) implements Outcome {}
    }

    /** Reserves the worst case of one call, here and in all budgets above; empty where none is known. */
    public Outcome reserve(Optional<Money> worstCase) {
        synchronized (this) {
            startPeriod();
            Optional<Outcome> refused = refusal(worstCase);
            if (refused.isPresent()) {
                return refused.get();
            }
            // From a budget to the one above it, never the other way: no two wait for each other.
            if (above.isPresent() && above.get().reserve(worstCase) instanceof Outcome.Refused refusedAbove) {
                return refusedAbove;
            }
            reserved = reserved.plus(worstCase.orElse(Money.ZERO));
            return new Outcome.Granted(new Reservation(this, worstCase.orElse(Money.ZERO)));
        }
    }

    private Optional<Outcome> refusal(Optional<Money> worstCase) {
        if (limit.isEmpty()) {
            return Optional.empty();
        }
        if (worstCase.isEmpty() && !allowUnpriced) {
            return Optional.of(new Outcome.Refused(
                    true,
                    "nobody knows what a call of this model can cost, so that " + name
                            + " could not hold; name a model with"
                            + " a price, tell its price (docs/models.md), or set allow_unpriced",
                    Optional.empty()));
        }
        return fits(worstCase, reserved)
                ? Optional.empty()
                : Optional.of(new Outcome.Refused(
                        false,
                        "the next model call does not fit into " + name + ": " + spent.amount() + " of " + limit.get()
                                + " is spent"
                                + (reserved.equals(Money.ZERO)
                                        ? ""
                                        : ", and " + reserved + " is reserved for calls that are being made"),
                        fits(worstCase, Money.ZERO) ? Optional.of(this) : Optional.empty()));
    }

    /** Whether there is room for it beside what is spent and that. */
    private boolean fits(Optional<Money> worstCase, Money beside) {
        int room = limit.orElseThrow().compareTo(spent.amount().plus(beside).plus(worstCase.orElse(Money.ZERO)));
        return worstCase.isPresent() ? room >= 0 : room > 0;
    }

    /** Waits until there is room for that call here, or nothing is reserved any more. Whoever holds a reservation must not wait. */
    public synchronized void awaitRoom(Optional<Money> worstCase) throws InterruptedException {
        while (!reserved.equals(Money.ZERO) && !fits(worstCase, reserved)) {
            wait();
        }
    }

    private void startPeriod() {
        long now = period.getAsLong();
        if (now != current) {
            current = now;
            spent = Cost.NONE;
        }
    }

    /** Counts what was spent under it without a reservation, before this process; those above are not told. */
    public synchronized void count(Cost cost) {
        startPeriod();
        spent = spent.plus(cost);
    }

    void settle(Money amount, Cost cost) {
        synchronized (this) {
            startPeriod();
            reserved = reserved.minus(amount);
            spent = spent.plus(cost);
            notifyAll();
        }
        above.ifPresent(budget -> budget.settle(amount, cost));
    }

    /** What was spent under it. */
    public synchronized Cost spent() {
        return spent;
    }

    /** What is reserved under it and not settled. */
    public synchronized Money reserved() {
        return reserved;
    }
}
