package dev.belay.modeldouble;

import java.util.ArrayList;
import java.util.List;

/** What a model says in one answer, to be sent in any style. */
public final class Answer {
    private final List<Part> parts = new ArrayList<>();
    private int input = 10;
    private int output = 20;
    private boolean noisy;

    private sealed interface Part {
        record Text(String[] pieces) implements Part {}

        record Thinking(String signature, String text) implements Part {}

        record Call(String id, String tool, String[] arguments) implements Part {}
    }

    public Answer text(String... pieces) {
        parts.add(new Part.Text(pieces));
        return this;
    }

    /** @param signature what the provider wants to have back with it; the Chat style has none */
    public Answer thinking(String signature, String text) {
        parts.add(new Part.Thinking(signature, text));
        return this;
    }

    /** @param arguments in pieces; together they need not be JSON */
    public Answer call(String id, String tool, String... arguments) {
        parts.add(new Part.Call(id, tool, arguments));
        return this;
    }

    /** How many tokens the answer says to have used. */
    public Answer counts(int inputTokens, int outputTokens) {
        input = inputTokens;
        output = outputTokens;
        return this;
    }

    /** With events of kinds that no client knows, and with empty pieces. */
    public Answer noisy() {
        noisy = true;
        return this;
    }

    private boolean calls() {
        return parts.stream().anyMatch(Part.Call.class::isInstance);
    }

    /** The whole answer. */
    public Reply in(Style style) {
        return switch (style) {
            case MESSAGES -> messages().end(calls() ? "tool_use" : "end_turn", "{\"output_tokens\":" + output + "}");
            case CHAT ->
                chat().finish(calls() ? "tool_calls" : "stop")
                        .usage("{\"prompt_tokens\":" + input + ",\"completion_tokens\":" + output + ",\"total_tokens\":"
                                + (input + output) + "}")
                        .end();
            case RESPONSES ->
                responses()
                        .end("{\"input_tokens\":" + input + ",\"output_tokens\":" + output + ",\"total_tokens\":"
                                + (input + output) + ",\"input_tokens_details\":{\"cached_tokens\":0},"
                                + "\"output_tokens_details\":{\"reasoning_tokens\":0}}");
        };
    }

    /** The answer without what says that it is whole. */
    public Reply unended(Style style) {
        return switch (style) {
            case MESSAGES -> messages().unended();
            case CHAT -> chat().unended();
            case RESPONSES -> responses().unended();
        };
    }

    private MessagesScript messages() {
        MessagesScript script = new MessagesScript("{\"input_tokens\":" + input + ",\"output_tokens\":1}");
        for (Part part : parts) {
            if (noisy) {
                script.event("brand_new", "{\"type\":\"brand_new\",\"x\":[1]}").event("ping", "{\"type\":\"ping\"}");
            }
            switch (part) {
                case Part.Text(var pieces) -> script.text(withNoise(pieces));
                case Part.Thinking(var signature, var text) -> script.thinking(signature, text);
                case Part.Call(var id, var tool, var arguments) -> script.toolUse(id, tool, withNoise(arguments));
            }
        }
        return script;
    }

    private ChatScript chat() {
        ChatScript script = new ChatScript();
        int calls = 0;
        for (Part part : parts) {
            if (noisy) {
                script.data("{\"object\":\"brand.new\",\"x\":[1]}").delta("{}");
            }
            switch (part) {
                case Part.Text(var pieces) -> script.text(withNoise(pieces));
                case Part.Thinking thinking -> script.reasoning(thinking.text());
                case Part.Call(var id, var tool, var arguments) -> {
                    script.call(calls, id, tool);
                    for (String piece : withNoise(arguments)) {
                        script.arguments(calls, piece);
                    }
                    calls++;
                }
            }
        }
        return script;
    }

    private ResponsesScript responses() {
        ResponsesScript script = new ResponsesScript();
        for (Part part : parts) {
            if (noisy) {
                script.event("response.brand_new", "\"x\":[1]");
            }
            switch (part) {
                case Part.Text(var pieces) -> script.text(withNoise(pieces));
                case Part.Thinking(var signature, var text) -> script.reasoning(signature, text);
                case Part.Call(var id, var tool, var arguments) -> script.call(id, tool, withNoise(arguments));
            }
        }
        return script;
    }

    private String[] withNoise(String... pieces) {
        if (!noisy) {
            return pieces;
        }
        List<String> all = new ArrayList<>();
        for (String piece : pieces) {
            all.add("");
            all.add(piece);
        }
        return all.toArray(String[]::new);
    }
}
