package dev.belay.api;

/** What something cost and how we know. With {@link CostBasis#UNKNOWN} the amount covers only the part whose price is known. */
public record Cost(Money amount, CostBasis basis) {
    public static final Cost NONE = new Cost(Money.ZERO, CostBasis.LIST);

    public Cost plus(Cost other) {
        return new Cost(amount.plus(other.amount), basis == CostBasis.UNKNOWN ? basis : other.basis);
    }
}
