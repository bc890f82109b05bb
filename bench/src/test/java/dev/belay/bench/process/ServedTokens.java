package dev.belay.bench.process;

import dev.belay.modeldouble.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a provider told that it counted: the sum over all attempts, also those of which no answer came. Of one attempt its last word counts,
 * if the event with it was sent whole.
 */
record ServedTokens(long input, long output) {
    static final ServedTokens NONE = new ServedTokens(0, 0);

    ServedTokens plus(ServedTokens other) {
        return new ServedTokens(input + other.input, output + other.output);
    }

    /** In any style: each names the counts {@code usage}, at most one level down. */
    static ServedTokens of(Reply reply) {
        ServedTokens counted = NONE;
        if (reply.status() != 200) {
            return counted;
        }
        String sent = new String(
                Arrays.copyOf(reply.body().getBytes(StandardCharsets.UTF_8), reply.bytes()), StandardCharsets.UTF_8);
        for (String event : sent.split("(?<=\n\n)")) {
            if (event.endsWith("\n\n")) {
                counted = counted.after(event);
            }
        }
        return counted;
    }

    private ServedTokens after(String event) {
        String data =
                event.substring(event.indexOf("data: ") + "data: ".length()).strip();
        if (!data.startsWith("{")) {
            return this;
        }
        JsonNode json = JsonMapper.shared().readTree(data);
        for (String place : new String[] {"/usage", "/message/usage", "/response/usage"}) {
            JsonNode usage = json.at(place);
            if (usage.isObject()) {
                return new ServedTokens(
                        usage.path("prompt_tokens")
                                .asLong(usage.path("input_tokens").asLong(input)),
                        usage.path("completion_tokens")
                                .asLong(usage.path("output_tokens").asLong(output)));
            }
        }
        return this;
    }
}
