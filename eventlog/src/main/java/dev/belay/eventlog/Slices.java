package dev.belay.eventlog;

/** How many events of a long job fit into one unit of work of about 10 ms, learned from those before. For one thread. */
final class Slices {
    private static final long WANTED_NANOS = 10_000_000;
    private static final int MOST = 5000;

    private int size = 100;
    private long begun = System.nanoTime();

    /** So many events are to be taken now. */
    int next() {
        begun = System.nanoTime();
        return size;
    }

    /** They were. */
    void done() {
        long took = System.nanoTime() - begun;
        size = took > WANTED_NANOS ? Math.max(1, size / 2) : Math.min(MOST, took < WANTED_NANOS / 4 ? size * 2 : size);
    }
}
