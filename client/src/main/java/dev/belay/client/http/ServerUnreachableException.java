package dev.belay.client.http;

import dev.belay.api.BelayException;
import org.jspecify.annotations.Nullable;

/** There was no answer, or it broke off: whether the server did what was asked is not known. Code {@code unreachable}. */
public final class ServerUnreachableException extends BelayException {
    private static final long serialVersionUID = 1;

    ServerUnreachableException(String message, @Nullable Throwable cause) {
        super("unreachable", message, cause);
    }
}
