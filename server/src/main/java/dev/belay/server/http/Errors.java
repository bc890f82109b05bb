package dev.belay.server.http;

import dev.belay.api.BelayException;
import dev.belay.api.CapacityException;
import dev.belay.api.ConflictException;
import dev.belay.api.FileException;
import dev.belay.api.ForbiddenException;
import dev.belay.api.GoneException;
import dev.belay.api.IdempotencyMismatchException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.LimitException;
import dev.belay.api.MalformedRequestException;
import dev.belay.api.NotFoundException;
import dev.belay.api.RateLimitException;
import dev.belay.api.SandboxUnavailableException;
import dev.belay.api.StorageException;
import dev.belay.api.UnauthenticatedException;
import dev.belay.eventlog.Redactor;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every error as HTTP, in one shape (contract: Cloud Agent 1.3): {@code {"error":{"code","message","field"?},"detail":message}}. What we did
 * not mean to tell is a 500 that tells nothing but where the log has more.
 */
public final class Errors {
    private static final int LONGEST_TEXT = 4000;

    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
    private static final long RETRY_SECONDS = 2;
    /** The attribute of a request that holds its route's {@link ErrorShape}. */
    static final String SHAPE = "dev.belay.error-shape";

    private final Redactor redactor;

    public Errors(Redactor redactor) {
        this.redactor = redactor;
    }

    /** Answers, or, if the answer is already on its way, notes it in the log. Whoever has gone is told nothing. */
    void answer(Exception thrown, Context http) {
        if (isTakenApart(http)) {
            LOG.debug("a request failed after its connection had", thrown);
            return;
        }
        ErrorShape shape =
                Optional.<ErrorShape>ofNullable(http.attribute(SHAPE)).orElse(ErrorShape.STANDARD);
        int status = shape.status(thrown, status(thrown));
        ObjectNode body = body(thrown, http.method() + " " + http.path(), shape);
        if (http.res().isCommitted()) {
            LOG.warn("{} {} failed after its answer had begun: {}", http.method(), http.path(), thrown.toString());
            return;
        }
        if (status == 401) {
            http.header("WWW-Authenticate", "Bearer");
        }
        if (status == 426) {
            http.header("Upgrade", "websocket");
        }
        retryAfter(thrown, status).ifPresent(seconds -> http.header("Retry-After", Long.toString(seconds)));
        if (status == 405 && thrown instanceof HttpResponseException refused) {
            Optional.ofNullable(refused.getDetails().get("availableMethods"))
                    .ifPresent(methods -> http.header("Allow", methods));
        }
        http.status(status).contentType("application/json").result(Json.write(body));
    }

    /**
     * Jetty takes a request apart when its connection fails, also while its answer is still being made; asked for anything it throws then. What
     * an error handler throws, Javalin hands to it again, for ever.
     */
    private static boolean isTakenApart(Context http) {
        try {
            http.attribute(SHAPE);
            return false;
        } catch (NullPointerException | IllegalStateException e) {
            return true;
        }
    }

    /** In how many seconds the same request may do better: so that a client knows without reading the text (contract: Cloud Agent 1.2, 1.3). */
    private static Optional<Long> retryAfter(Exception thrown, int status) {
        if (thrown instanceof RateLimitException limited) {
            return Optional.of(Math.ceilDiv(limited.retryAfter().toMillis() + 1, 1000L));
        }
        boolean busy =
                thrown instanceof ConflictException conflict && conflict.code().equals("session_busy");
        return status == 503 || busy ? Optional.of(RETRY_SECONDS) : Optional.empty();
    }

    /** The same for what no program expects: memory that ran out, a stack that did. */
    void answer(HttpServletResponse response, Error thrown) {
        ObjectNode body = internal("a request", thrown, ErrorShape.STANDARD);
        if (response.isCommitted()) {
            return;
        }
        response.setStatus(500);
        response.setContentType("application/json");
        try {
            response.getOutputStream().write(Json.write(body));
        } catch (IOException e) {
            LOG.debug("nobody waits for the answer any more", e);
        }
    }

    static int status(Exception thrown) {
        return switch (thrown) {
            case MalformedRequestException _ -> 400;
            case UnauthenticatedException _ -> 401;
            case ForbiddenException _ -> 403;
            case NotFoundException _ -> 404;
            case ConflictException _ -> 409;
            case GoneException _ -> 410;
            case LimitException _ -> 413;
            case UpgradeRequiredException _ -> 426;
            case RateLimitException _ -> 429;
            case InvalidRequestException _, IdempotencyMismatchException _ -> 422;
            case CapacityException _, SandboxUnavailableException _ -> 503;
            case StorageException storage ->
                switch (storage.code()) {
                    case "storage_full" -> 507;
                    case "storage_closed", "storage_unavailable", "storage_taken_over" -> 503;
                    default -> 500;
                };
            case FileException file ->
                switch (file.code()) {
                    case "file_not_found" -> 404;
                    case "file_exists", "file_changed" -> 409;
                    case "file_too_large" -> 413;
                    case "disk_full" -> 507;
                    default -> 422;
                };
            case HttpResponseException http -> http.getStatus();
            default -> 500;
        };
    }

    /** What is told of it, in that shape. */
    ObjectNode body(Exception thrown, String request, ErrorShape shape) {
        return switch (thrown) {
            case InvalidRequestException invalid ->
                body(
                        shape,
                        invalid.code(),
                        redactor.redact(invalid.text()),
                        Optional.of(redactor.redact(invalid.field())));
            case BelayException told -> body(shape, told.code(), redactor.redact(told.text()), Optional.empty());
            case HttpResponseException http ->
                body(shape, code(http.getStatus()), message(http, request), Optional.empty());
            default -> internal(request, thrown, shape);
        };
    }

    private static ObjectNode internal(String request, Throwable thrown, ErrorShape shape) {
        String reference = UUID.randomUUID().toString();
        LOG.error("{} failed (reference {})", request, reference, thrown);
        return body(
                shape,
                "internal_error",
                "an internal error; the server's log tells more under " + reference,
                Optional.empty());
    }

    private static ObjectNode body(ErrorShape shape, String code, String message, Optional<String> field) {
        // What was refused may stand in the text, and may be as long as a body.
        String shown = message.length() <= LONGEST_TEXT ? message : message.substring(0, LONGEST_TEXT) + "…";
        return shape.body(code, shown, field);
    }

    static String code(int status) {
        return switch (status) {
            case 400 -> "malformed_request";
            case 404 -> "not_found";
            case 405 -> "method_not_allowed";
            case 413 -> "limit_exceeded";
            default -> "http_" + status;
        };
    }

    private String message(HttpResponseException http, String request) {
        return switch (http.getStatus()) {
            case 404 -> "there is no " + redactor.redact(request) + "; /openapi.json lists what there is";
            case 405 ->
                "this path does not take " + request.substring(0, request.indexOf(' ')) + ", only "
                        + http.getDetails().getOrDefault("availableMethods", "other methods");
            default -> String.valueOf(http.getMessage()).toLowerCase(Locale.ROOT);
        };
    }
}
