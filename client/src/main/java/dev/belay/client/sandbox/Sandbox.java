package dev.belay.client.sandbox;

import dev.belay.api.JsonText;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A sandbox as the server last told of it.
 *
 * @param state {@code starting}, {@code started}, {@code stopping}, {@code stopped} or {@code destroyed}
 * @param isolation the level that was proven when it last started: {@code restricted} or {@code full}
 * @param kept false for one that belongs to a session and goes with it
 * @param createdBy who asked for it
 * @param stopsAt when it is stopped if nobody uses it
 * @param expiresAt when it is destroyed if nobody uses it
 * @param json all that the server told
 */
public record Sandbox(
        String id,
        String state,
        String provider,
        String isolation,
        boolean kept,
        Optional<String> name,
        Map<String, String> labels,
        String createdBy,
        Instant createdAt,
        Instant lastUsedAt,
        Optional<Instant> stopsAt,
        Optional<Instant> expiresAt,
        JsonText json) {
    public Sandbox {
        labels = Map.copyOf(labels);
    }
}
