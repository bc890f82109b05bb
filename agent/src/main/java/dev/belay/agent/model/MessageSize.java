package dev.belay.agent.model;

import dev.belay.agent.model.Message.Block;

/** How long messages are, in bytes of their texts in UTF-8. */
public final class MessageSize {
    private MessageSize() {}

    /** All of its texts, what it calls and by which names; without attachments. */
    public static long bytes(Message message) {
        return switch (message) {
            case Message.User(String text) -> bytes(text);
            case Message.Assistant(var blocks) ->
                blocks.stream().mapToLong(MessageSize::bytes).sum();
            case Message.ToolResults(var results) ->
                results.stream()
                        .mapToLong(result -> bytes(result.id()) + bytes(result.output()))
                        .sum();
        };
    }

    private static long bytes(Block block) {
        return switch (block) {
            case Block.Text(String text) -> bytes(text);
            case Block.Thinking(String text, String signature) -> bytes(text) + bytes(signature);
            case Block.ToolUse(String id, String tool, var input) -> bytes(id) + bytes(tool) + bytes(input.text());
        };
    }

    /** Of a text; half of a surrogate pair counts as the one byte that it is written as. */
    public static long bytes(String text) {
        long bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                if (!Character.isSurrogate(c)) {
                    bytes += c < 0x800 ? 1 : 2;
                } else if (Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1))) {
                    bytes += 2;
                    i++;
                }
            }
        }
        return bytes;
    }
}
