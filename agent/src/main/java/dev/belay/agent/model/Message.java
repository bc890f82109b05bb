package dev.belay.agent.model;

import dev.belay.api.JsonText;
import dev.belay.api.event.Attachment;
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

    /**
     * The result of the call with that id.
     *
     * @param attachments files that a model is shown if it takes them
     */
    record ToolResult(String id, String output, boolean error, List<Attachment> attachments) {
        public ToolResult {
            attachments = List.copyOf(attachments);
        }

        public ToolResult(String id, String output, boolean error) {
            this(id, output, error, List.of());
        }
    }

    /** A piece of what a model said. */
    sealed interface Block {
        record Text(String text) implements Block {}

        /**
         * What it thought before it said something.
         *
         * @param signature to be sent back unchanged, and only over the wire that it came from; empty where there is none. One that begins
         *     with none of the words below is a signature of the Messages wire
         */
        record Thinking(String text, String signature) implements Block {
            /** Begins the signature of a block of the Messages wire that the provider keeps to itself; its data follows. */
            public static final String REDACTED = "redacted_thinking:";

            /** Begins that of an item of the Responses wire, which goes back as it was; its JSON follows. */
            public static final String ITEM = "reasoning_item:";
        }

        /** @param input what the model sent as arguments, whether or not it is JSON that fits */
        record ToolUse(String id, String tool, JsonText input) implements Block {}
    }
}
