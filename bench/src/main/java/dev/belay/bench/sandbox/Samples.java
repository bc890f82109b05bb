package dev.belay.bench.sandbox;

import java.util.Arrays;

/** How long each of many operations took. */
final class Samples {
    private final long[] nanos;

    private Samples(long[] sorted) {
        this.nanos = sorted;
    }

    static Samples of(long... nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Samples(sorted);
    }

    /** Something that can be done again and again; its time in nanoseconds. */
    interface Timed {
        long run() throws Exception;
    }

    /** An operation and its floor. */
    record Pair(Samples operation, Samples floor) {}

    /** Measured in turn, so that what else the machine does meets both. The first ones, while Java still compiles, do not count. */
    static Pair inTurn(int rounds, Timed operation, Timed floor) throws Exception {
        for (int i = 0; i < rounds / 4 + 5; i++) {
            operation.run();
            floor.run();
        }
        long[] times = new long[rounds];
        long[] floors = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            times[i] = operation.run();
            floors[i] = floor.run();
        }
        return new Pair(of(times), of(floors));
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Milliseconds. */
    double p50() {
        return at(0.5);
    }

    /** Milliseconds. */
    double p99() {
        return at(0.99);
    }

    private double at(double share) {
        return nanos[(int) Math.min(nanos.length - 1, nanos.length * share)] / 1e6;
    }
}
