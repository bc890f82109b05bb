package dev.belay.agent.tool;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A tool call's arguments, already checked against the tool's schema. Values are {@code String}, {@code Boolean}, {@code Long},
 * {@code Double}, {@code List} and {@code Map}; a JSON {@code null} counts as absent.
 */
public record ToolInput(Map<String, Object> values) {
    /** The text of a field that the schema requires. */
    public String string(String field) {
        return optionalString(field).orElseThrow(() -> new IllegalArgumentException("no " + field));
    }

    public Optional<String> optionalString(String field) {
        return values.get(field) instanceof String text ? Optional.of(text) : Optional.empty();
    }

    public OptionalLong optionalLong(String field) {
        return values.get(field) instanceof Number number ? OptionalLong.of(number.longValue()) : OptionalLong.empty();
    }

    /** The value of a field that is false when absent. */
    public boolean flag(String field) {
        return values.get(field) instanceof Boolean flag && flag;
    }

    /** The objects in an array; empty if the field is absent. */
    public List<ToolInput> objects(String field) {
        if (!(values.get(field) instanceof List<?> list)) {
            return List.of();
        }
        return list.stream()
                .filter(Map.class::isInstance)
                .map(ToolInput::object)
                .toList();
    }

    @SuppressWarnings("unchecked") // Objects of JSON have string keys.
    private static ToolInput object(Object map) {
        return new ToolInput((Map<String, Object>) map);
    }
}
