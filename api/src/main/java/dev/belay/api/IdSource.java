package dev.belay.api;

import java.time.InstantSource;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Makes UUIDv7 ids: 48 bits of epoch milliseconds, then random bits, so that ids made later sort later. Safe for use by many threads if its
 * random source is.
 */
public final class IdSource {
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final HexFormat HEX = HexFormat.of();

    private final InstantSource clock;
    private final RandomGenerator random;

    public IdSource(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** A new id, 36 characters, lower case. */
    public String next() {
        long time = clock.millis();
        long high = (time << 16) | 0x7000L | (random.nextLong() & 0x0fffL);
        long low = 0x8000_0000_0000_0000L | (random.nextLong() & 0x3fff_ffff_ffff_ffffL);
        String h = HEX.toHexDigits(high);
        String l = HEX.toHexDigits(low);
        return h.substring(0, 8)
                + '-'
                + h.substring(8, 12)
                + '-'
                + h.substring(12)
                + '-'
                + l.substring(0, 4)
                + '-'
                + l.substring(4);
    }

    /** Whether the text has the form of an id; says nothing about whether such a thing exists. */
    public static boolean isId(String text) {
        return UUID.matcher(text).matches();
    }

    static String requireId(String value, String what) {
        if (!isId(value)) {
            throw new IllegalArgumentException(what + " is not a lower-case UUID: " + value);
        }
        return value;
    }
}
