package dev.belay.api;

import java.util.Locale;

/** How a cost came about. */
public enum CostBasis {
    /** The provider's token counts times a price from the price table or the script. */
    LIST,
    /** No price is known for the model. */
    UNKNOWN;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
