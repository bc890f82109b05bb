package dev.belay.server.cloudagent;

import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.server.http.Call;
import dev.belay.store.IdempotencyStore.RequestKey;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the routes of this face read from a request besides its body. */
final class Requests {
    /** The header that brings a model provider's key for one turn. */
    static final String PROVIDER_KEY = "X-Belay-Provider-Key";

    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private Requests() {}

    /** The session that the path names. */
    static SessionId session(Call call) {
        return session(call.pathParameter("session_id"));
    }

    static SessionId session(String id) {
        if (!IdSource.isId(id)) {
            throw new NotFoundException("there is no session " + id);
        }
        return new SessionId(id);
    }

    /** What a request that may come again is known by. */
    static Optional<RequestKey> idempotencyKey(Call call, byte[] body) {
        return call.header("Idempotency-Key")
                .map(key -> idempotencyKey(call.scope(), "Idempotency-Key", key, call.path(), body));
    }

    /** @param field where the key was sent */
    static RequestKey idempotencyKey(Scope scope, String field, String key, String path, byte[] body) {
        if (!IDEMPOTENCY_KEY.matcher(key).matches()) {
            throw new InvalidRequestException(
                    field, "the " + field + " must be 1 to 255 printable ASCII characters without spaces");
        }
        return RequestKey.of(scope.workspace(), key, "POST", path, body);
    }

    /** {@code true} or {@code false} in the query. */
    static Optional<Boolean> truth(Call call, String name) {
        return call.query(name).map(text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidRequestException(name, name + " must be true or false");
        });
    }

    /** A whole number from 0 in the query or a header. */
    static long whole(String name, String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new InvalidRequestException(name, name + " must be a whole number, 0 or more");
    }
}
