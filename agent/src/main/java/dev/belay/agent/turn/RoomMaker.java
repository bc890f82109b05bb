package dev.belay.agent.turn;

import dev.belay.agent.compaction.Compactor;
import dev.belay.agent.compaction.Compactor.Outcome;
import dev.belay.agent.compaction.Entry;
import dev.belay.agent.compaction.Room;
import dev.belay.agent.context.Conversation;
import dev.belay.api.event.TurnEvent;
import java.util.List;

/** Makes room in a conversation that has grown too long, before a turn first asks its model. Only turns that have ended give way. */
final class RoomMaker {
    private final TurnSetup setup;
    private final TurnLog log;
    private final ModelCaller model;
    private final Compactor compactor;

    RoomMaker(TurnSetup setup, TurnLog log, ModelCaller model) {
        this.setup = setup;
        this.log = log;
        this.model = model;
        this.compactor = new Compactor(setup.compaction());
    }

    /** Does nothing in the middle of a turn. What the model is told from here on is what the log returned. */
    void make() throws InterruptedException {
        if (setup.progress().modelCalls() > 0) {
            return;
        }
        Conversation conversation = setup.conversation();
        List<Entry> entries = conversation.entries();
        Room room =
                Room.of(model.contextTokens(), setup.system(), setup.toolbox().definitions(), conversation.counted());
        if (!compactor.due(entries, room)) {
            return;
        }
        int begins = beginning(entries);
        Room beside = room.beside(entries.subList(begins, entries.size()));
        switch (compactor.compact(entries.subList(0, begins), beside, model::summarize)) {
            case Outcome.Smaller(TurnEvent.Compacted event, List<Entry> _) ->
                conversation.compacted((TurnEvent.Compacted) log.append(event));
            case Outcome.NotPossible(String reason) -> log.append(new TurnEvent.NotCompacted(reason));
        }
    }

    /** Where this turn begins. */
    private static int beginning(List<Entry> entries) {
        int at = entries.size();
        while (at > 0 && (at == entries.size() || entries.get(at).kind() != Entry.Kind.PROMPT)) {
            at--;
        }
        return at;
    }
}
