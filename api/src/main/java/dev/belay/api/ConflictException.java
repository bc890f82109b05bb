package dev.belay.api;

/** The state of the thing does not allow this now: a name taken, a session busy, a file changed since it was read. */
public final class ConflictException extends BelayException {
    private static final long serialVersionUID = 1;

    public ConflictException(String code, String message) {
        super(code, message);
    }
}
