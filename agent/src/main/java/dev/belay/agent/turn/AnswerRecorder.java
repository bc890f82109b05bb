package dev.belay.agent.turn;

import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelListener;
import dev.belay.api.Cost;
import dev.belay.api.TurnId;
import dev.belay.api.Usage;
import dev.belay.api.event.Delta;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.ToolEvent;
import dev.belay.eventlog.DeltaStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes events of what the model says while it says it. A block is durable as soon as something follows it: the last blocks of an answer and
 * its end share one commit.
 */
final class AnswerRecorder implements ModelListener {
    private final TurnLog log;
    private final TurnId turn;
    private final boolean publishDeltas;
    private final String source;
    private final DeltaStream deltas;
    private final List<EventDraft> waiting = new ArrayList<>();
    private final List<EventBody> stored = new ArrayList<>();
    private Counted counted = Counted.NOTHING;

    AnswerRecorder(TurnLog log, TurnId turn, boolean publishDeltas, String source) {
        this.log = log;
        this.turn = turn;
        this.publishDeltas = publishDeltas;
        this.source = source;
        this.deltas = log.deltas();
    }

    @Override
    public void delta(Delta.Kind kind, String text) {
        flush();
        if (publishDeltas) {
            deltas.add(turn, kind, text, source);
        }
    }

    @Override
    public void block(Block block) {
        deltas.end();
        EventBody body = switch (block) {
            case Block.Text(String text) -> new MessageEvent.Text(text);
            case Block.Thinking(String text, String signature) -> new MessageEvent.Thinking(text, signature);
            case Block.ToolUse use -> new ToolEvent.Call(use.id(), use.tool(), use.input());
        };
        waiting.add(log.said(body, source));
    }

    @Override
    public void counted(Usage usage, Cost cost) {
        counted = new Counted(usage, cost);
    }

    /** What the provider counted of a call that did not come to its end. */
    record Counted(Usage usage, Cost cost) {
        static final Counted NOTHING = new Counted(Usage.NONE, Cost.NONE);
    }

    Counted counted() {
        return counted;
    }

    /**
     * The answer is complete: its blocks as they are stored. They are durable if one of them asks for a tool; otherwise nothing follows but the
     * end of the turn, which takes them with it.
     */
    List<Block> end(ModelEvent.Answered answered) {
        deltas.end();
        boolean acts = waiting.stream().anyMatch(draft -> draft.body() instanceof ToolEvent.Call)
                || stored.stream().anyMatch(ToolEvent.Call.class::isInstance);
        waiting.add(log.draft(answered));
        stored.addAll(acts ? log.append(waiting) : log.hold(waiting));
        waiting.clear();
        List<Block> blocks = new ArrayList<>();
        for (EventBody body : stored) {
            switch (body) {
                case MessageEvent.Text(String text) -> blocks.add(new Block.Text(text));
                case MessageEvent.Thinking(String text, String signature) ->
                    blocks.add(new Block.Thinking(text, signature));
                case ToolEvent.Call(String id, String tool, var input) ->
                    blocks.add(new Block.ToolUse(id, tool, input));
                default -> {}
            }
        }
        return List.copyOf(blocks);
    }

    /** The answer did not come to its end: text that did come is kept, a call of a tool is not. */
    void abandon() {
        deltas.end();
        waiting.removeIf(draft -> draft.body() instanceof ToolEvent.Call);
        flush();
    }

    private void flush() {
        if (!waiting.isEmpty()) {
            stored.addAll(log.append(waiting));
            waiting.clear();
        }
    }
}
