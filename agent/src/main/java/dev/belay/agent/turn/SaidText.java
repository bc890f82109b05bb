package dev.belay.agent.turn;

import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelListener;
import dev.belay.api.Cost;
import dev.belay.api.Usage;
import dev.belay.api.event.Delta;

/** Keeps the text of an answer that nobody reads while it is written. */
final class SaidText implements ModelListener {
    private final StringBuilder text = new StringBuilder();
    private AnswerRecorder.Counted counted = AnswerRecorder.Counted.NOTHING;

    @Override
    public void delta(Delta.Kind kind, String piece) {}

    @Override
    public void block(Block block) {
        if (block instanceof Block.Text(String said)) {
            text.append(said);
        }
    }

    @Override
    public void counted(Usage usage, Cost cost) {
        counted = new AnswerRecorder.Counted(usage, cost);
    }

    String text() {
        return text.toString();
    }

    AnswerRecorder.Counted counted() {
        return counted;
    }
}
