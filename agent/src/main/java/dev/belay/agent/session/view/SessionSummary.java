package dev.belay.agent.session.view;

import dev.belay.api.SessionId;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A session in a list. Times are epoch microseconds.
 *
 * @param state {@code created}, {@code running}, {@code interrupting}, {@code idle}, {@code hibernated} (nothing of it is in memory and none
 *     of its processes runs) or {@code expired}
 */
public record SessionSummary(
        SessionId id,
        Optional<String> name,
        String state,
        String engine,
        String model,
        long createdMicros,
        long lastActiveMicros,
        OptionalLong expiresMicros) {}
