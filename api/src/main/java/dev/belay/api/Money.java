package dev.belay.api;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** US dollars, in millionths. */
public record Money(long micros) implements Comparable<Money> {
    public static final Money ZERO = new Money(0);

    /** Rounds up to the next millionth: a limit or a price is never understated. */
    public static Money ofDollars(BigDecimal dollars) {
        return new Money(
                dollars.movePointRight(6).setScale(0, RoundingMode.CEILING).longValueExact());
    }

    public BigDecimal dollars() {
        return BigDecimal.valueOf(micros, 6).stripTrailingZeros();
    }

    public Money plus(Money other) {
        return new Money(Math.addExact(micros, other.micros));
    }

    public Money minus(Money other) {
        return new Money(Math.subtractExact(micros, other.micros));
    }

    @Override
    public int compareTo(Money other) {
        return Long.compare(micros, other.micros);
    }

    /** As people write it, for example {@code $0.0123}. */
    @Override
    public String toString() {
        BigDecimal d = dollars();
        return "$" + (d.scale() < 2 ? d.setScale(2) : d).toPlainString();
    }
}
