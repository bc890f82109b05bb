package dev.belay.api;

/** The key is known and lacks a permission. Another tenant's thing is never this: it is {@link NotFoundException}. */
public final class ForbiddenException extends BelayException {
    private static final long serialVersionUID = 1;

    public ForbiddenException(Permission missing) {
        super("forbidden", "this key lacks the permission \"" + missing.word() + "\"");
    }

    public ForbiddenException(String message) {
        super("forbidden", message);
    }
}
