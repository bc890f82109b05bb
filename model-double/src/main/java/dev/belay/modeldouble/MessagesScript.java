package dev.belay.modeldouble;

/** The events of one answer as the Anthropic Messages wire sends them. */
public final class MessagesScript {
    private final StringBuilder events = new StringBuilder();
    private int index;

    /** @param usage the counts at the beginning, as JSON */
    public MessagesScript(String usage) {
        event("message_start", """
                {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m",\
                "content":[],"stop_reason":null,"stop_sequence":null,"usage":%s}}""".formatted(usage));
    }

    /** Any event, also one that no client knows. */
    public MessagesScript event(String name, String json) {
        events.append("event: ").append(name).append("\ndata: ").append(json).append("\n\n");
        return this;
    }

    public MessagesScript text(String... pieces) {
        start("{\"type\":\"text\",\"text\":\"\"}");
        for (String piece : pieces) {
            delta("{\"type\":\"text_delta\",\"text\":" + JsonString.of(piece) + "}");
        }
        return stop();
    }

    public MessagesScript thinking(String signature, String... pieces) {
        start("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}");
        for (String piece : pieces) {
            delta("{\"type\":\"thinking_delta\",\"thinking\":" + JsonString.of(piece) + "}");
        }
        delta("{\"type\":\"signature_delta\",\"signature\":" + JsonString.of(signature) + "}");
        return stop();
    }

    public MessagesScript redactedThinking(String data) {
        start("{\"type\":\"redacted_thinking\",\"data\":" + JsonString.of(data) + "}");
        return stop();
    }

    public MessagesScript toolUse(String id, String name, String... arguments) {
        start("{\"type\":\"tool_use\",\"id\":" + JsonString.of(id) + ",\"name\":" + JsonString.of(name)
                + ",\"input\":{}}");
        for (String piece : arguments) {
            delta("{\"type\":\"input_json_delta\",\"partial_json\":" + JsonString.of(piece) + "}");
        }
        return stop();
    }

    private void start(String block) {
        event(
                "content_block_start",
                "{\"type\":\"content_block_start\",\"index\":" + index + ",\"content_block\":" + block + "}");
    }

    private void delta(String delta) {
        event(
                "content_block_delta",
                "{\"type\":\"content_block_delta\",\"index\":" + index + ",\"delta\":" + delta + "}");
    }

    private MessagesScript stop() {
        event("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":" + index + "}");
        index++;
        return this;
    }

    /** @param usage the counts at the end, as JSON */
    public Reply end(String stopReason, String usage) {
        event(
                "message_delta",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":" + JsonString.of(stopReason)
                        + ",\"stop_sequence\":null},\"usage\":" + usage + "}");
        event("message_stop", "{\"type\":\"message_stop\"}");
        return Reply.stream(events.toString());
    }

    /** The events so far, without those that end an answer. */
    public Reply unended() {
        return Reply.stream(events.toString());
    }
}
