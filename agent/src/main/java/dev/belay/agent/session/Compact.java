package dev.belay.agent.session;

import dev.belay.agent.compaction.CompactionPolicy;
import dev.belay.agent.compaction.Compactor;
import dev.belay.agent.compaction.Compactor.Outcome;
import dev.belay.agent.compaction.Entry;
import dev.belay.agent.compaction.Room;
import dev.belay.agent.context.Conversation;
import dev.belay.agent.session.view.Compacted;
import dev.belay.agent.subagent.Subagents;
import dev.belay.agent.tool.Toolbox;
import dev.belay.api.BelayException;
import dev.belay.api.ConflictException;
import dev.belay.api.Scope;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Compacts a session's conversation because somebody asks for it. No model is asked, so that none has to be there, and no key for it. */
final class Compact {
    private final Sessions.Parts parts;

    Compact(Sessions.Parts parts) {
        this.parts = parts;
    }

    /**
     * Does it between two turns.
     *
     * @throws ConflictException {@code session_busy} while a turn runs
     */
    Compacted now(Scope scope, SessionStore.Row row) {
        requireIdle(row);
        StreamId stream = StreamId.of(row.id());
        Conversation conversation = Conversation.read(parts.log(), scope, stream);
        List<Entry> entries = conversation.entries();
        Toolbox tools =
                ChosenTools.of(parts, row.options(), new Subagents(row.options().agents()));
        String system = conversation
                .instructed()
                .map(SessionEvent.Instructed::systemPrompt)
                .orElse(parts.agent().systemPrompt());
        Room room = Room.of(contextTokens(scope, row), system, tools.definitions(), conversation.counted());
        if (entries.isEmpty()) {
            return new Compacted(
                    Optional.of("nothing was said in this session yet"), room.told(entries), room.told(entries));
        }
        CompactionPolicy policy = parts.agent().compaction();
        Compactor compactor = new Compactor(new CompactionPolicy(
                policy.threshold(), policy.shrink(), policy.keptTurns(), CompactionPolicy.Strategy.DETERMINISTIC));
        return switch (compactor.compact(entries, room)) {
            case Outcome.NotPossible(String reason) ->
                new Compacted(Optional.of(reason), room.told(entries), room.told(entries));
            case Outcome.Smaller(TurnEvent.Compacted event, List<Entry> _) -> {
                EventLog.Append append = parts.log().prepare(scope, stream, List.of(EventDraft.of(event)));
                parts.database().write(tx -> {
                    SessionStore.find(tx, scope, row.id()).ifPresent(Compact::requireIdle);
                    return append.in(tx);
                });
                yield new Compacted(Optional.empty(), event.before(), event.after());
            }
        };
    }

    private static void requireIdle(SessionStore.Row row) {
        if (row.openTurn().isPresent()) {
            throw new ConflictException(
                    "session_busy",
                    "a turn runs in session " + row.id()
                            + "; compact when it has ended (before a turn that would not fit it is done anyway)");
        }
    }

    private OptionalInt contextTokens(Scope scope, SessionStore.Row row) {
        try (RunModels models = RunModels.choose(parts.models(), parts.keyring(), scope, row.options(), Map.of())) {
            return models.first().map(model -> model.client().contextTokens()).orElse(OptionalInt.empty());
        } catch (BelayException e) {
            // Its key is not here now, which a compaction does not need.
            return OptionalInt.empty();
        }
    }
}
