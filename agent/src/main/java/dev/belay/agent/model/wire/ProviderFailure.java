package dev.belay.agent.model.wire;

import dev.belay.agent.model.ModelException;
import java.io.InterruptedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** What the engine is told when a provider fails, the same for all wires. */
final class ProviderFailure {
    private static final int SHOWN = 1000;

    private ProviderFailure() {}

    /**
     * The provider answered with an error.
     *
     * @param status HTTP status, or the one that an error inside of a stream stands for
     * @param message the provider's own words; may be empty
     * @param retryAfter the header of that name: seconds, or a date
     */
    static ModelException refused(
            String provider, int status, String message, Optional<String> retryAfter, Instant now) {
        String said = message.isBlank() ? "no explanation" : message.strip();
        return new ModelException(
                code(status),
                provider + " answered " + status + ": "
                        + (said.length() <= SHOWN ? said : said.substring(0, SHOWN) + "…"),
                status,
                retryable(status),
                retryAfter.flatMap(text -> delay(text, now)));
    }

    /** The stream ended before the event that ends an answer. */
    static ModelException incomplete(String provider) {
        return new ModelException(
                "stream_incomplete",
                provider + " ended its answer in the middle; what had come of it is kept as text",
                0,
                true,
                Optional.empty());
    }

    /**
     * The connection failed, or the provider was silent or slow for too long.
     *
     * @param begun whether part of an answer had come
     * @param idle how long the provider may say nothing
     * @param total how long an answer may take
     */
    static ModelException broken(String provider, Throwable failure, boolean begun, Duration idle, Duration total) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof InterruptedIOException)) {
            cause = cause.getCause();
        }
        if (cause instanceof InterruptedIOException) {
            return unheard(
                    provider,
                    "it said nothing for " + idle.toSeconds() + " s, or took longer than " + total.toSeconds()
                            + " s in all");
        }
        return begun
                ? incomplete(provider)
                : unheard(
                        provider, cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
    }

    private static ModelException unheard(String provider, String reason) {
        return new ModelException(
                "connection_failed", provider + " could not be heard: " + reason, 0, true, Optional.empty());
    }

    private static String code(int status) {
        return switch (status) {
            case 401, 403 -> "auth";
            case 404 -> ModelException.MODEL_NOT_FOUND;
            case 429 -> "rate_limited";
            case 503, 529 -> "overloaded";
            default -> status >= 500 ? "provider_error" : "invalid_request";
        };
    }

    private static boolean retryable(int status) {
        return status == 408 || status == 409 || status == 429 || status >= 500;
    }

    private static Optional<Duration> delay(String text, Instant now) {
        try {
            long seconds = Long.parseLong(text.strip());
            return seconds < 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
        } catch (NumberFormatException e) {
            // Not a number: the other form that HTTP allows.
        }
        try {
            Instant until = ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(until.isAfter(now) ? Duration.between(now, until) : Duration.ZERO);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
