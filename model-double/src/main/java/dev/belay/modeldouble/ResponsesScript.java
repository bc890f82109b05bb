package dev.belay.modeldouble;

/** The events of one response as the OpenAI Responses wire sends them. */
public final class ResponsesScript {
    private final StringBuilder events = new StringBuilder();
    private int sequence;
    private int index;

    public ResponsesScript() {
        event("response.created", "\"response\":" + response("in_progress", "null", ""));
        event("response.in_progress", "\"response\":" + response("in_progress", "null", ""));
    }

    private static String response(String status, String usage, String more) {
        return "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"model\":\"m\",\"status\":\"" + status
                + "\",\"output\":[],\"parallel_tool_calls\":true,\"tool_choice\":\"auto\",\"tools\":[],\"usage\":"
                + usage + more
                + "}";
    }

    /**
     * Any event, also one that no client knows.
     *
     * @param members those beside the type and the number, as JSON
     */
    public ResponsesScript event(String type, String members) {
        events.append("event: ")
                .append(type)
                .append("\ndata: {\"type\":\"")
                .append(type)
                .append("\",\"sequence_number\":");
        events.append(sequence++).append(',').append(members).append("}\n\n");
        return this;
    }

    public ResponsesScript text(String... pieces) {
        item(
                "added",
                "{\"id\":\"msg_" + index
                        + "\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}");
        part(
                "content_part.added",
                "\"content_index\":0",
                "{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}");
        for (String piece : pieces) {
            delta("output_text", "\"content_index\":0,\"logprobs\":[]", piece);
        }
        String whole = JsonString.of(String.join("", pieces));
        String content = "{\"type\":\"output_text\",\"text\":" + whole + ",\"annotations\":[]}";
        part("content_part.done", "\"content_index\":0", content);
        return done("{\"id\":\"msg_" + index
                + "\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[" + content
                + "]}");
    }

    public ResponsesScript refusal(String... pieces) {
        for (String piece : pieces) {
            delta("refusal", "\"content_index\":0", piece);
        }
        return this;
    }

    /** Reasoning with a summary of one paragraph for each piece. */
    public ResponsesScript reasoning(String encrypted, String... paragraphs) {
        item("added", "{\"id\":\"rs_" + index + "\",\"type\":\"reasoning\",\"summary\":[]}");
        StringBuilder summary = new StringBuilder();
        for (int i = 0; i < paragraphs.length; i++) {
            String text = "{\"type\":\"summary_text\",\"text\":" + JsonString.of(paragraphs[i]) + "}";
            part("reasoning_summary_part.added", "\"summary_index\":" + i, "{\"type\":\"summary_text\",\"text\":\"\"}");
            delta("reasoning_summary_text", "\"summary_index\":" + i, paragraphs[i]);
            part("reasoning_summary_part.done", "\"summary_index\":" + i, text);
            summary.append(i == 0 ? "" : ",").append(text);
        }
        return done(reasoningItem(index, encrypted, summary.toString()));
    }

    /** @param summary the parts, as JSON */
    static String reasoningItem(int number, String encrypted, String summary) {
        return "{\"id\":\"rs_" + number + "\",\"type\":\"reasoning\",\"summary\":[" + summary
                + "],\"encrypted_content\":" + JsonString.of(encrypted) + "}";
    }

    public ResponsesScript call(String id, String name, String... arguments) {
        String begin = "{\"id\":\"fc_" + index + "\",\"type\":\"function_call\",\"call_id\":" + JsonString.of(id)
                + ",\"name\":" + JsonString.of(name) + ",\"status\":";
        item("added", begin + "\"in_progress\",\"arguments\":\"\"}");
        for (String piece : arguments) {
            delta("function_call_arguments", "\"item\":0", piece);
        }
        String whole = "\"arguments\":" + JsonString.of(String.join("", arguments));
        event("response.function_call_arguments.done", place("fc") + ",\"name\":" + JsonString.of(name) + "," + whole);
        return done(begin + "\"completed\"," + whole + "}");
    }

    private String place(String kind) {
        return "\"item_id\":\"" + kind + "_" + index + "\",\"output_index\":" + index;
    }

    private void part(String event, String members, String part) {
        event("response." + event, place("item") + "," + members + ",\"part\":" + part);
    }

    private void delta(String kind, String members, String piece) {
        event("response." + kind + ".delta", place("item") + "," + members + ",\"delta\":" + JsonString.of(piece));
    }

    private void item(String what, String item) {
        event("response.output_item." + what, "\"output_index\":" + index + ",\"item\":" + item);
    }

    /** An item that is whole, as JSON. */
    public ResponsesScript done(String item) {
        item("done", item);
        index++;
        return this;
    }

    /** @param usage the counts, as JSON, or {@code null} */
    public Reply end(String usage) {
        event("response.completed", "\"response\":" + response("completed", usage, ""));
        return unended();
    }

    /** The response is cut for that reason, for example {@code max_output_tokens}. */
    public Reply incomplete(String reason, String usage) {
        event(
                "response.incomplete",
                "\"response\":"
                        + response(
                                "incomplete",
                                usage,
                                ",\"incomplete_details\":{\"reason\":" + JsonString.of(reason) + "}"));
        return unended();
    }

    public Reply failed(String code, String message) {
        event(
                "response.failed",
                "\"response\":"
                        + response(
                                "failed",
                                "null",
                                ",\"error\":{\"code\":" + JsonString.of(code) + ",\"message\":" + JsonString.of(message)
                                        + "}"));
        return unended();
    }

    /** The events so far. */
    public Reply unended() {
        return Reply.stream(events.toString());
    }
}
