package dev.belay.agent.openai;

import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelListener;
import dev.belay.api.event.Delta;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a model said. */
final class Heard implements ModelListener {
    final List<Block> blocks = new ArrayList<>();
    final StringBuilder text = new StringBuilder();
    final StringBuilder thinking = new StringBuilder();

    @Override
    public void delta(Delta.Kind kind, String piece) {
        (kind == Delta.Kind.TEXT ? text : thinking).append(piece);
    }

    @Override
    public void block(Block block) {
        blocks.add(block);
    }

    /** The text of all blocks. */
    String said() {
        StringBuilder said = new StringBuilder();
        for (Block block : blocks) {
            if (block instanceof Block.Text(String text)) {
                said.append(text);
            }
        }
        return said.toString();
    }
}
