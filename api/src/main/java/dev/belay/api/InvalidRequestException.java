package dev.belay.api;

/** What came in was read, and a value in it is not allowed. {@code field} names it as the caller wrote it. */
public final class InvalidRequestException extends BelayException {
    private static final long serialVersionUID = 1;

    private final String field;

    public InvalidRequestException(String field, String message) {
        super("invalid_request", message);
        this.field = field;
    }

    public String field() {
        return field;
    }
}
