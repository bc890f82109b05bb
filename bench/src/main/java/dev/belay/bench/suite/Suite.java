package dev.belay.bench.suite;

import java.util.Optional;
import java.util.Random;

/**
 * One run of a suite of tests that choose at random: how much of it is to be done, by which seed, and its result in one line. A suite is a
 * JUnit tag: {@code ./belay test} does a share of each, {@code ./belay test --full NAME} all of one. {@code BELAY_SEED} repeats a run.
 */
public final class Suite {
    /** What the line of a result begins with; the launcher shows these lines again at the end. */
    private static final String RESULT = "result: ";

    private final String name;
    private final int seed;

    private Suite(String name, int seed) {
        this.name = name;
        this.seed = seed;
        System.out.println("suite " + name + ": seed " + seed);
    }

    /** Begins a run, and prints its seed, so that one that never ends can be repeated too. */
    public static Suite begin(String name) {
        return new Suite(
                name,
                Optional.ofNullable(System.getenv("BELAY_SEED"))
                        .map(Integer::parseInt)
                        .orElseGet(() -> new Random().nextInt(1 << 30)));
    }

    /** How much to do. */
    public int size(int share, int full) {
        return "full".equals(System.getProperty("belay.suite")) ? full : share;
    }

    public int seed() {
        return seed;
    }

    /** Everything that the run leaves to chance comes from here. */
    public Random random() {
        return new Random(seed);
    }

    /** Prints what came of it. */
    public void result(String text) {
        System.out.println(RESULT + "`" + name + "`, seed " + seed + ": " + text);
    }
}
