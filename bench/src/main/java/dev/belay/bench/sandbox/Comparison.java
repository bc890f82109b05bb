package dev.belay.bench.sandbox;

import java.io.PrintStream;
import java.util.Arrays;

/**
 * One line of the table: an operation and its floor, measured in turn, so that what else the machine does meets both.
 *
 * @param what the operation, for people
 * @param goalMillis what its p50 is to be at most
 */
record Comparison(String what, String floorName, double goalMillis) {
    /** Something that can be done again and again; its time in nanoseconds. */
    interface Timed {
        long run() throws Exception;
    }

    static void printHead(PrintStream out) {
        out.println("| What | p50 ms | p99 ms | floor | floor p50 ms | ratio | to reach |");
        out.println("|---|---|---|---|---|---|---|");
    }

    /** Measures and prints; true if the goal was reached. */
    boolean measure(int rounds, PrintStream out, Timed operation, Timed floor) throws Exception {
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
        return print(out, times, floors);
    }

    /** Prints what was measured elsewhere; true if the goal was reached. */
    boolean print(PrintStream out, long[] times, long[] floors) {
        Arrays.sort(times);
        Arrays.sort(floors);
        double p50 = at(times, 0.5);
        boolean reached = p50 <= goalMillis;
        out.printf(
                "| %s | %.3f | %.3f | %s | %.3f | %.2f | %.2f%s |%n",
                what,
                p50,
                at(times, 0.99),
                floorName,
                at(floors, 0.5),
                p50 / at(floors, 0.5),
                goalMillis,
                reached ? "" : ", **missed**");
        return reached;
    }

    private static double at(long[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e6;
    }
}
