package dev.belay.api;

/** What is asked for was there and has ended for good. */
public final class GoneException extends BelayException {
    private static final long serialVersionUID = 1;

    public GoneException(String code, String text) {
        super(code, text);
    }
}
