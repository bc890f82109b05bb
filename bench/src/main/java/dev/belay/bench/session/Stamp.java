package dev.belay.bench.session;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.LongConsumer;

/** The moment at which an event was made, inside its text: {@code @@MICROSECONDS@@} since the epoch, in sixteen digits. */
final class Stamp {
    private static final int DIGITS = 16;
    private static final int LENGTH = DIGITS + 4;
    private static final String FILLING =
            " and as much text as an event has that tells of one line of output of a tool";

    private Stamp() {}

    static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    static String text() {
        return "@@" + nowMicros() + "@@" + FILLING;
    }

    /** Tells the age in microseconds of each stamp that is whole in the buffer. */
    static void ages(ByteBuffer buffer, LongConsumer age) {
        long now = nowMicros();
        int last = buffer.limit() - LENGTH;
        for (int i = buffer.position(); i <= last; i++) {
            if (buffer.get(i) == '@' && buffer.get(i + 1) == '@' && buffer.get(i + LENGTH - 1) == '@') {
                long stamp = 0;
                for (int d = i + 2; d < i + 2 + DIGITS; d++) {
                    stamp = stamp * 10 + buffer.get(d) - '0';
                }
                age.accept(now - stamp);
                i += LENGTH - 1;
            }
        }
    }
}
