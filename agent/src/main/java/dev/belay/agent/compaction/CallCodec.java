package dev.belay.agent.compaction;

import dev.belay.api.JsonText;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads from the arguments of a tool call what a summary tells of it. Arguments that are no JSON tell nothing. */
final class CallCodec {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private CallCodec() {}

    /** The text of that field. */
    static Optional<String> text(JsonText input, String field) {
        return Optional.of(read(input).path(field))
                .filter(JsonNode::isString)
                .map(JsonNode::asString)
                .filter(text -> !text.isBlank());
    }

    /** The entries of a list of things to do, each with its status. */
    static List<String> todos(JsonText input) {
        return read(input)
                .path("todos")
                .valueStream()
                .filter(todo -> todo.path("content").isString())
                .map(todo -> "[" + todo.path("status").asString("pending") + "] "
                        + todo.path("content").asString())
                .toList();
    }

    private static JsonNode read(JsonText input) {
        try {
            return MAPPER.readTree(input.text());
        } catch (JacksonException e) {
            return MAPPER.missingNode();
        }
    }
}
