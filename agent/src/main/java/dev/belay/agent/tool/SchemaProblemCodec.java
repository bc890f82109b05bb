package dev.belay.agent.tool;

import com.networknt.schema.Error;
import com.networknt.schema.path.NodePath;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Says what a schema has against a value, in words that a model can act on. */
public final class SchemaProblemCodec {
    private SchemaProblemCodec() {}

    /**
     * What is wrong, in words that name the field as the model wrote it.
     *
     * @param what has the fields that are known
     */
    public static String words(Error problem, String what) {
        String field = field(problem.getInstanceLocation());
        return switch (problem.getKeyword()) {
            case "required" -> member(field, problem.getProperty()) + " is missing";
            case "additionalProperties" -> member(field, problem.getProperty()) + " is not a field of " + what;
            case "type" ->
                field + " must be " + expected(problem.getSchemaNode()) + ", not " + typed(problem.getInstanceNode());
            case "enum" -> field + " must be one of " + problem.getSchemaNode();
            case "minimum" -> field + " must be at least " + problem.getSchemaNode();
            case "maximum" -> field + " must be at most " + problem.getSchemaNode();
            case "minLength", "minItems" -> field + " is too short; its least length is " + problem.getSchemaNode();
            case "maxLength", "maxItems" -> field + " is too long; its greatest length is " + problem.getSchemaNode();
            default -> field + ": " + problem.getMessage();
        };
    }

    private static String expected(JsonNode types) {
        return types.isArray()
                ? types.valueStream().map(type -> a(type.asString())).collect(Collectors.joining(" or "))
                : a(types.asString());
    }

    /** What kind of value it is, with its article. */
    static String typed(JsonNode json) {
        return a(type(json));
    }

    private static String field(NodePath path) {
        StringBuilder field = new StringBuilder();
        for (int i = 0; i < path.getNameCount(); i++) {
            Object element = path.getElement(i);
            if (element instanceof Integer index) {
                field.append('[').append(index).append(']');
            } else {
                field.append(field.isEmpty() ? "" : ".").append(element);
            }
        }
        return field.toString();
    }

    private static String member(String field, @Nullable String name) {
        return field.isEmpty() ? String.valueOf(name) : field + "." + name;
    }

    private static String type(JsonNode json) {
        return switch (json.getNodeType()) {
            case OBJECT, POJO -> "object";
            case ARRAY -> "array";
            case STRING, BINARY -> "string";
            case BOOLEAN -> "boolean";
            case NUMBER -> json.isIntegralNumber() ? "integer" : "number";
            case NULL -> "null";
            case MISSING -> "empty text";
        };
    }

    private static String a(String type) {
        return switch (type) {
            case "object", "array", "integer" -> "an " + type;
            case "null", "empty text" -> type;
            default -> "a " + type;
        };
    }
}
