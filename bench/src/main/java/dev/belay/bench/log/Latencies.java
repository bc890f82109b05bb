package dev.belay.bench.log;

import java.util.Arrays;
import java.util.List;

/** How long each operation of one thread took, in nanoseconds. */
final class Latencies {
    private long[] nanos = new long[1024];
    private int count;

    void add(long elapsed) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, count * 2);
        }
        nanos[count++] = elapsed;
    }

    /** Those of several threads, sorted. */
    static long[] sorted(List<Latencies> all) {
        long[] sorted = all.stream()
                .flatMapToLong(one -> Arrays.stream(one.nanos, 0, one.count))
                .toArray();
        Arrays.sort(sorted);
        return sorted;
    }

    /** The value that this share of them does not exceed, in milliseconds. */
    static double percentile(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e6;
    }
}
