package dev.belay.api;

import java.time.Duration;

/** A key asked for more in a time than it may; nothing was begun, and after {@link #retryAfter} the same request may be sent again. */
public final class RateLimitException extends BelayException {
    private static final long serialVersionUID = 1;

    private final Duration retryAfter;

    public RateLimitException(String message, Duration retryAfter) {
        super("rate_limited", message);
        this.retryAfter = retryAfter;
    }

    /** How long until a request is taken again; positive. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
