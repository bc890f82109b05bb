package dev.belay.agent.compaction;

import dev.belay.agent.model.Message;
import dev.belay.api.event.TurnEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a compaction makes of a conversation. It needs the event alone, so that a log gives the same conversation with every version. */
public final class Compaction {
    private Compaction() {}

    /**
     * The conversation after that event: its summary, then the prompts that it keeps, pinned from now on, then all that came after it.
     *
     * @param entries the conversation as it was, in the order of the log
     */
    public static List<Entry> apply(List<Entry> entries, TurnEvent.Compacted event) {
        return apply(entries, event.fromSeq(), event.toSeq(), event.kept(), event.summary());
    }

    static List<Entry> apply(List<Entry> entries, long fromSeq, long toSeq, List<Long> kept, String summary) {
        Set<Long> pinned = new HashSet<>(kept);
        List<Entry> after = new ArrayList<>();
        after.add(new Entry(Entry.Kind.SUMMARY, new Message.User(summary), fromSeq, false));
        for (Entry entry : entries) {
            if (entry.seq() > toSeq) {
                after.add(entry);
            } else if (entry.kind() == Entry.Kind.PROMPT && pinned.contains(entry.seq())) {
                after.add(entry.pin());
            }
        }
        return List.copyOf(after);
    }
}
