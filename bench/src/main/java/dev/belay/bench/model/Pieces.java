package dev.belay.bench.model;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pieces of one answer as they arrive, each with the moment at which it was sent if it says so. For one thread. */
final class Pieces {
    private static final Pattern MOMENT = Pattern.compile("\\d{9,}");

    private final long began = System.nanoTime();
    private long firstNanos;
    private long[] delays = new long[Scenes.PACED_PIECES];
    private int timed;
    private long characters;

    /** Something with text in it arrived. */
    void arrived(String text) {
        long now = System.nanoTime();
        if (firstNanos == 0) {
            firstNanos = now - began;
        }
        characters += text.length();
        for (Matcher moment = MOMENT.matcher(text); moment.find(); ) {
            if (timed == delays.length) {
                delays = Arrays.copyOf(delays, timed * 2);
            }
            delays[timed++] = now - Long.parseLong(moment.group());
        }
    }

    /** From before the request to the first piece. */
    long firstNanos() {
        return firstNanos;
    }

    /** From before the request until now. */
    long elapsedNanos() {
        return System.nanoTime() - began;
    }

    /** How much text arrived. */
    long characters() {
        return characters;
    }

    /** From sending to arrival, for each piece. */
    long[] delays() {
        return Arrays.copyOf(delays, timed);
    }
}
