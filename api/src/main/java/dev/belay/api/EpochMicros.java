package dev.belay.api;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** Time as it is stored and sent: microseconds since 1970-01-01T00:00:00Z. */
public final class EpochMicros {
    private EpochMicros() {}

    public static long of(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    public static long now(InstantSource clock) {
        return of(clock.instant());
    }
}
