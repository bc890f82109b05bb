package dev.belay.server.cloudagent.wire;

import dev.belay.api.EpochMicros;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/** Times on the wire: UTC, always with six digits after the second, for example {@code 2030-01-31T12:00:00.000000Z}. */
public final class WireTime {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private WireTime() {}

    public static String text(long epochMicros) {
        return FORMAT.format(Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS));
    }

    public static long micros(Instant time) {
        return EpochMicros.of(time);
    }
}
