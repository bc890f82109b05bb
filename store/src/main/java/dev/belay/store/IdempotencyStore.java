package dev.belay.store;

import dev.belay.api.IdempotencyMismatchException;
import dev.belay.api.WorkspaceId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

/** Remembers what an idempotency key brought about, in the same unit as the effect, for 24 hours. */
public final class IdempotencyStore {
    private static final long KEPT_MICROS = Duration.ofHours(24).toSeconds() * 1_000_000;

    private IdempotencyStore() {}

    /**
     * What a request is known by.
     *
     * @param key the client's own word, 1 to 255 characters
     * @param bodyHash SHA-256 of the request's body, lower-case hex
     */
    public record RequestKey(WorkspaceId workspace, String key, String method, String path, String bodyHash) {
        public static RequestKey of(WorkspaceId workspace, String key, String method, String path, byte[] body) {
            try {
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
                return new RequestKey(
                        workspace, key, method, path, HexFormat.of().formatHex(hash));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /**
     * The outcome of the first request with this key; empty if there was none in the last 24 hours.
     *
     * @throws IdempotencyMismatchException if that request had another body
     */
    public static Optional<String> find(Tx tx, RequestKey request, long nowMicros) {
        record Row(String bodyHash, String outcome) {}
        tx.update("DELETE FROM idempotency WHERE created < ?", nowMicros - KEPT_MICROS);
        Optional<Row> row = tx.first(
                """
                SELECT body_hash, outcome FROM idempotency
                WHERE workspace = ? AND key = ? AND method = ? AND path = ?""",
                rs -> new Row(rs.getString("body_hash"), rs.getString("outcome")),
                request.workspace().value(),
                request.key(),
                request.method(),
                request.path());
        row.ifPresent(r -> {
            if (!MessageDigest.isEqual(
                    r.bodyHash().getBytes(StandardCharsets.US_ASCII),
                    request.bodyHash().getBytes(StandardCharsets.US_ASCII))) {
                throw new IdempotencyMismatchException(
                        "this Idempotency-Key was used with another request body; use a new key for a new request");
            }
        });
        return row.map(Row::outcome);
    }

    /** Stores the outcome; to be called in the unit that brings it about, after {@link #find} said there is none. */
    public static void remember(Tx tx, RequestKey request, String outcome, long nowMicros) {
        tx.update(
                """
                INSERT INTO idempotency (workspace, key, method, path, body_hash, outcome, created)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                request.workspace().value(),
                request.key(),
                request.method(),
                request.path(),
                request.bodyHash(),
                outcome,
                nowMicros);
    }
}
