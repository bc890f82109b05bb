package dev.belay.agent.compaction;

/**
 * When a conversation is compacted, and how.
 *
 * @param threshold the share of the model's context from which on it is, between 0 and 1
 * @param shrink the share by which its messages have to become smaller, between 0 and 1; an attempt that gains less counts for nothing
 * @param keptTurns how many of the last turns stay as they are if there is room for them
 */
public record CompactionPolicy(double threshold, double shrink, int keptTurns, Strategy strategy) {
    public static final CompactionPolicy STANDARD = new CompactionPolicy(0.75, 0.3, 2, Strategy.DETERMINISTIC);

    /** How the summary is made at the first attempt; the second is always a digest. */
    public enum Strategy {
        /** From the conversation alone: all that was said, with the outputs of tools shortened. */
        DETERMINISTIC,
        /** By a model. */
        MODEL
    }

    public CompactionPolicy {
        if (!(threshold > 0 && threshold <= 1) || !(shrink > 0 && shrink < 1)) {
            throw new IllegalArgumentException("threshold and shrink are shares between 0 and 1");
        }
        if (keptTurns < 0) {
            throw new IllegalArgumentException("keptTurns is negative");
        }
    }
}
