package dev.belay.agent.compaction;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation in two, at the border of a turn.
 *
 * @param head what gives way to a summary
 * @param tail the last turns, which stay as they are
 */
record Split(List<Entry> head, List<Entry> tail) {
    /** The one with the shortest tail that has so many turns and parts no call from its result, however late that came. */
    static Split keeping(List<Entry> entries, int turns) {
        boolean[] parting = parting(entries);
        int border = entries.size();
        int kept = 0;
        for (int i = entries.size() - 1; i >= 0 && (kept < turns || parting[border]); i--) {
            if (entries.get(i).kind() == Entry.Kind.PROMPT) {
                border = i;
                kept++;
            }
        }
        if (parting[border] || kept < turns) {
            border = 0;
        }
        return new Split(entries.subList(0, border), entries.subList(border, entries.size()));
    }

    /** For each place before an entry, and the end, whether a call stands before and its result behind it. */
    private static boolean[] parting(List<Entry> entries) {
        int[] change = new int[entries.size() + 2];
        Map<String, Integer> open = new HashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            switch (entries.get(i).message()) {
                case Message.Assistant(var blocks) -> {
                    for (Block block : blocks) {
                        if (block instanceof Block.ToolUse use) {
                            open.put(use.id(), i);
                        }
                    }
                }
                case Message.ToolResults(var results) -> {
                    for (Message.ToolResult result : results) {
                        Integer call = open.remove(result.id());
                        if (call != null) {
                            change[call + 1]++;
                            change[i + 1]--;
                        }
                    }
                }
                case Message.User _ -> {}
            }
        }
        boolean[] parting = new boolean[entries.size() + 1];
        int across = 0;
        for (int i = 0; i < parting.length; i++) {
            across += change[i];
            parting[i] = across > 0;
        }
        return parting;
    }
}
