package dev.belay.api;

import org.jspecify.annotations.Nullable;

/**
 * The root of every error that Belay means to tell. The message is for the person who reads it: it says what is wrong and, where there is
 * something to do, what to do. The code is a stable word for programs. Each face renders it in its contract's shape.
 */
public abstract class BelayException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;

    protected BelayException(String code, String message) {
        this(code, message, null);
    }

    protected BelayException(String code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** A lower-case word with underscores, stable over versions. */
    public final String code() {
        return code;
    }

    /** What a person reads. */
    public final String text() {
        String message = getMessage();
        return message == null ? code : message;
    }
}
