package dev.belay.client.session;

import dev.belay.api.JsonText;
import java.time.Instant;
import java.util.Optional;

/**
 * A session as a list shows it.
 *
 * @param state {@code created}, {@code running}, {@code interrupting}, {@code idle}, {@code hibernated} or {@code expired}
 * @param expiresAt when its time is over
 * @param json all that the server told
 */
public record Session(
        String id,
        Optional<String> name,
        String state,
        String model,
        Instant createdAt,
        Instant lastActiveAt,
        Optional<Instant> expiresAt,
        JsonText json) {}
