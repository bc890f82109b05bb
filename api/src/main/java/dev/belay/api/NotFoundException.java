package dev.belay.api;

/** The thing does not exist, or not for this scope; the two look the same. */
public final class NotFoundException extends BelayException {
    private static final long serialVersionUID = 1;

    public NotFoundException(String message) {
        super("not_found", message);
    }
}
