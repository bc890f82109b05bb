package dev.belay.agent.model;

import dev.belay.api.BelayException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** A model call failed. */
public final class ModelException extends BelayException {
    private static final long serialVersionUID = 1;

    /** The code of an answer that says that the provider has no such model. */
    public static final String MODEL_NOT_FOUND = "model_not_found";

    private final int httpStatus;
    private final boolean retryable;
    private final transient Optional<Duration> retryAfter;

    /**
     * @param httpStatus what the provider answered; 0 if it did not answer
     * @param retryable whether the same call may succeed later
     * @param retryAfter how long the provider asked to wait
     */
    public ModelException(
            String code, String message, int httpStatus, boolean retryable, Optional<Duration> retryAfter) {
        super(code, message);
        this.httpStatus = httpStatus;
        this.retryable = retryable;
        this.retryAfter = retryAfter;
    }

    public OptionalInt httpStatus() {
        return httpStatus == 0 ? OptionalInt.empty() : OptionalInt.of(httpStatus);
    }

    public boolean retryable() {
        return retryable;
    }

    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
