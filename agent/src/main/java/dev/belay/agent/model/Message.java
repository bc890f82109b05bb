package dev.belay.agent.model;

import dev.belay.api.JsonText;
import java.util.List;

/** One entry of the conversation as a model is told it. */
public sealed interface Message {
    /** What the user said. */
    record User(String text) implements Message {}

    /** What the model said, block by block, exactly as it came. */
    record Assistant(List<Block> blocks) implements Message {
        public Assistant {
            blocks = List.copyOf(blocks);
        }
    }

    /** What came of the tool calls of the message before, one for each. */
    record ToolResults(List<ToolResult> results) implements Message {
        public ToolResults {
            results = List.copyOf(results);
        }
    }

    /** The result of the call with that id. */
    record ToolResult(String id, String output, boolean error) {}

    /** A piece of what a model said. */
    sealed interface Block {
        record Text(String text) implements Block {}

        /** @param signature the provider's, to be sent back unchanged; empty where there is none */
        record Thinking(String text, String signature) implements Block {}

        /** @param input what the model sent as arguments, whether or not it is JSON that fits */
        record ToolUse(String id, String tool, JsonText input) implements Block {}
    }
}
