package dev.belay.api;

/** Something is larger or more than a limit allows. The message names the limit and its value. */
public final class LimitException extends BelayException {
    private static final long serialVersionUID = 1;

    public LimitException(String message) {
        super("limit_exceeded", message);
    }
}
