package dev.belay.agent.context;

import java.util.ArrayList;
import java.util.List;

/**
 * Which events of a stream are part of its conversation, some of which was rewound. A rewind to an event that an earlier one had taken out
 * brings back what was part of the conversation then. For one thread.
 */
public final class Rewinds {
    private final List<Rewind> all = new ArrayList<>();

    private record Rewind(long seq, long toSeq) {}

    /** Events with a {@code seq} above {@code after}, up to {@code to}. */
    public record Range(long after, long to) {}

    /** The event of that {@code seq} says so; to be told in order. */
    public void add(long seq, long toSeq) {
        // One that leads nowhere before itself keeps everything.
        all.add(new Rewind(seq, Math.clamp(toSeq, 0, seq - 1)));
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    /** What is part of the conversation as it is after the event {@code upTo}, in order. */
    public List<Range> kept(long upTo) {
        List<Range> backwards = new ArrayList<>();
        long to = upTo;
        for (Rewind rewind : all.reversed()) {
            if (rewind.seq() <= to) {
                backwards.add(new Range(rewind.seq(), to));
                to = rewind.toSeq();
            }
        }
        backwards.add(new Range(0, to));
        return backwards.reversed().stream()
                .filter(range -> range.to() > range.after())
                .toList();
    }
}
