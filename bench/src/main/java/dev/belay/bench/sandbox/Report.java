package dev.belay.bench.sandbox;

import java.io.PrintStream;
import java.util.Locale;

/** The table: each figure beside its goal and its floor. */
final class Report {
    private final PrintStream out;
    private boolean allReached = true;

    Report(PrintStream out) {
        this.out = out;
        row("What", "measured", "to reach", "floor", "", "ratio");
        out.println("|---|---|---|---|---|---|");
    }

    /** Whether no goal was missed so far. */
    boolean allReached() {
        return allReached;
    }

    /** What a figure is to be at most, or at least. */
    record Goal(boolean upper, double bound, String unit) {
        static Goal atMost(double bound, String unit) {
            return new Goal(true, bound, unit);
        }

        static Goal atLeast(double bound, String unit) {
            return new Goal(false, bound, unit);
        }

        boolean isReached(double value) {
            return upper ? value <= bound : value >= bound;
        }
    }

    /** A p50 in milliseconds, with its p99 beside it. */
    void latency(String what, Samples times, double goalMillis, String floorName, Samples floor) {
        Goal goal = Goal.atMost(goalMillis, "ms");
        row(what, shown(times), verdict(goal, times.p50()), floorName, millis(floor.p50()), ratio(times, floor));
    }

    /** The same for one that is not to reach anything. */
    void latency(String what, Samples times, String floorName, Samples floor) {
        row(what, shown(times), "", floorName, millis(floor.p50()), ratio(times, floor));
    }

    void figure(String what, double value, Goal goal, String floorName, double floor) {
        row(
                what,
                number(value) + " " + goal.unit(),
                verdict(goal, value),
                floorName,
                number(floor) + " " + goal.unit(),
                ratio(value, floor));
    }

    /** One that has nothing below it. */
    void figure(String what, double value, Goal goal) {
        row(what, number(value) + " " + goal.unit(), verdict(goal, value), "", "", "");
    }

    /** Something that one has to know about the table. */
    void note(String text) {
        row(text, "", "", "", "", "");
    }

    private String verdict(Goal goal, double value) {
        boolean reached = goal.isReached(value);
        allReached &= reached;
        return (goal.upper() ? "≤ " : "≥ ") + number(goal.bound()) + (reached ? "" : ", **missed**");
    }

    private void row(String... cells) {
        out.println("| " + String.join(" | ", cells) + " |");
        out.flush();
    }

    private static String shown(Samples times) {
        return millis(times.p50()) + " (p99 " + number(times.p99()) + ")";
    }

    private static String millis(double value) {
        return number(value) + " ms";
    }

    private static String ratio(Samples times, Samples floor) {
        return ratio(times.p50(), floor.p50());
    }

    private static String ratio(double value, double floor) {
        return String.format(Locale.ROOT, "%.2f", value / floor);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.3f", value);
    }
}
