package dev.belay.api;

/** A configured limit on how much runs at once is reached; trying again later may work. */
public final class CapacityException extends BelayException {
    private static final long serialVersionUID = 1;

    public CapacityException(String message) {
        super("capacity", message);
    }
}
