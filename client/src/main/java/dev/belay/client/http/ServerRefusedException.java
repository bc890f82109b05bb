package dev.belay.client.http;

import dev.belay.api.BelayException;
import java.util.Optional;

/** The server answered with an error. {@link #text} is what it said, {@link #code} its stable word, for example {@code not_found}. */
public final class ServerRefusedException extends BelayException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final Optional<String> field;

    ServerRefusedException(int status, String code, String message, Optional<String> field) {
        super(code, message);
        this.status = status;
        this.field = field;
    }

    /** The HTTP status, for example 404. */
    public int status() {
        return status;
    }

    /** The field of the request that was wrong, where the server named one. */
    public Optional<String> field() {
        return field;
    }
}
