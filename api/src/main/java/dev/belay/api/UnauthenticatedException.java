package dev.belay.api;

/** No key, or one that is not known, revoked or expired. */
public final class UnauthenticatedException extends BelayException {
    private static final long serialVersionUID = 1;

    public UnauthenticatedException(String message) {
        super("unauthenticated", message);
    }
}
