package dev.belay.api;

/** An idempotency key came back with another body. */
public final class IdempotencyMismatchException extends BelayException {
    private static final long serialVersionUID = 1;

    public IdempotencyMismatchException(String message) {
        super("idempotency_mismatch", message);
    }
}
