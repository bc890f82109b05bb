package dev.belay.api;

/** What came in could not be read at all: broken JSON, invalid UTF-8, contradicting fields. */
public final class MalformedRequestException extends BelayException {
    private static final long serialVersionUID = 1;

    public MalformedRequestException(String message) {
        super("malformed_request", message);
    }
}
