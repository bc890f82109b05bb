package dev.belay.cli.terminal;

import dev.belay.agent.change.TextDiff;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A tool call with what of its input a person wants to see. The input is whatever the model sent, so that nothing in it is certain. */
public record ToolCall(String tool, JsonNode input) {
    private static final List<String> ARGUMENTS =
            List.of("command", "file_path", "pattern", "code", "path", "question", "description");

    /** The argument that says what the call is about; empty if there is none. */
    public String argument() {
        for (String name : ARGUMENTS) {
            if (input.path(name).isString()) {
                return input.path(name).stringValue().strip();
            }
        }
        if (input.path("todos").isArray()) {
            return input.path("todos").size() + " entries";
        }
        return input.isObject() && input.isEmpty() ? "" : input.toString();
    }

    /** What the call would change, as lines of a diff; none for a call that does not say. */
    List<String> change() {
        return switch (tool) {
            case "Edit" -> replacement(input);
            case "MultiEdit" -> {
                List<String> all = new ArrayList<>();
                input.path("edits").forEach(edit -> all.addAll(replacement(edit)));
                yield all;
            }
            case "Write" -> TextDiff.changed("", input.path("content").asString(""));
            default -> List.of();
        };
    }

    private static List<String> replacement(JsonNode edit) {
        return TextDiff.changed(
                edit.path("old_string").asString(""), edit.path("new_string").asString(""));
    }
}
