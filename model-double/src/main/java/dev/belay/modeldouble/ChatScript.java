package dev.belay.modeldouble;

/** The chunks of one answer as the OpenAI Chat Completions wire sends them. */
public final class ChatScript {
    private final StringBuilder chunks = new StringBuilder();

    /** Any data, also such that no client knows. */
    public ChatScript data(String json) {
        chunks.append("data: ").append(json).append("\n\n");
        return this;
    }

    /** A chunk with that delta, as JSON. */
    public ChatScript delta(String delta) {
        return chunk("[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}]", "null");
    }

    private ChatScript chunk(String choices, String usage) {
        return data(
                "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
                        + choices + ",\"usage\":" + usage + "}");
    }

    public ChatScript text(String... pieces) {
        for (String piece : pieces) {
            delta("{\"content\":" + JsonString.of(piece) + "}");
        }
        return this;
    }

    public ChatScript reasoning(String... pieces) {
        for (String piece : pieces) {
            delta("{\"reasoning_content\":" + JsonString.of(piece) + "}");
        }
        return this;
    }

    /** The first piece of a call. */
    public ChatScript call(int index, String id, String name) {
        return delta("{\"tool_calls\":[{\"index\":" + index + ",\"id\":" + JsonString.of(id)
                + ",\"type\":\"function\",\"function\":{\"name\":" + JsonString.of(name) + ",\"arguments\":\"\"}}]}");
    }

    public ChatScript arguments(int index, String piece) {
        return delta("{\"tool_calls\":[{\"index\":" + index + ",\"function\":{\"arguments\":" + JsonString.of(piece)
                + "}}]}");
    }

    public ChatScript finish(String reason) {
        return chunk("[{\"index\":0,\"delta\":{},\"finish_reason\":" + JsonString.of(reason) + "}]", "null");
    }

    /** @param usage the counts, as JSON */
    public ChatScript usage(String usage) {
        return chunk("[]", usage);
    }

    public Reply end() {
        return Reply.stream(chunks + "data: [DONE]\n\n");
    }

    /** The chunks so far, without the one that ends a stream. */
    public Reply unended() {
        return Reply.stream(chunks.toString());
    }
}
