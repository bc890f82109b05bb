package dev.belay.agent.budget;

import dev.belay.api.Money;
import dev.belay.api.Usage;
import java.math.BigDecimal;

/** A model's price, each in US dollars per million tokens. */
public record Price(BigDecimal input, BigDecimal output, BigDecimal cacheRead, BigDecimal cacheCreation) {
    public static final Price FREE = new Price(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO);

    public Price {
        if (input.signum() < 0 || output.signum() < 0 || cacheRead.signum() < 0 || cacheCreation.signum() < 0) {
            throw new IllegalArgumentException("a price is negative");
        }
    }

    /** What that many tokens cost, rounded up to the next millionth of a dollar. */
    public Money of(Usage usage) {
        BigDecimal perMillion = times(input, usage.inputTokens())
                .add(times(output, usage.outputTokens()))
                .add(times(cacheRead, usage.cacheReadTokens()))
                .add(times(cacheCreation, usage.cacheCreationTokens()));
        return Money.ofDollars(perMillion.movePointLeft(6));
    }

    private static BigDecimal times(BigDecimal price, long tokens) {
        return price.multiply(BigDecimal.valueOf(tokens));
    }
}
