package dev.belay.agent.tool;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import dev.belay.agent.tool.ToolInputCodec.Parsed.Invalid;
import dev.belay.agent.tool.ToolInputCodec.Parsed.Valid;
import dev.belay.api.JsonText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns the arguments of a tool call into input that fits the tool's schema, or says what is wrong with them. Safe for many threads. */
public final class ToolInputCodec {
    private final JsonMapper mapper = JsonMapper.builder().build();
    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final Map<JsonText, Schema> schemas = new ConcurrentHashMap<>();

    /** What came of it. */
    public sealed interface Parsed {
        record Valid(ToolInput input) implements Parsed {}

        /** @param text what the model is told: each problem with the field that has it */
        record Invalid(String text) implements Parsed {}
    }

    /** Reads the arguments of a call to that tool. A field that is {@code null} counts as absent. */
    public Parsed parse(Tool tool, JsonText arguments) {
        JsonNode json;
        try {
            json = mapper.readTree(arguments.text());
        } catch (JacksonException e) {
            return new Invalid("The arguments of " + tool.name() + " are not JSON, so nothing was done: "
                    + e.getOriginalMessage() + place(e));
        }
        if (!json.isObject()) {
            return new Invalid("The arguments of " + tool.name()
                    + " must be a JSON object, so nothing was done; they are " + a(type(json)) + ".");
        }
        removeNulls(json);
        Schema schema =
                schemas.computeIfAbsent(tool.inputSchema(), text -> registry.getSchema(mapper.readTree(text.text())));
        List<Error> problems = schema.validate(json);
        return problems.isEmpty()
                ? new Valid(new ToolInput(object((ObjectNode) json)))
                : new Invalid("The arguments of " + tool.name() + " do not fit, so nothing was done:\n"
                        + problems.stream()
                                .map(problem -> "- " + words(problem))
                                .distinct()
                                .collect(Collectors.joining("\n")));
    }

    private static String place(JacksonException problem) {
        return Optional.ofNullable(problem.getLocation())
                .map(at -> " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")")
                .orElse("");
    }

    /** What is wrong, in words that name the field as the model wrote it. */
    private static String words(Error problem) {
        String field = field(problem.getInstanceLocation());
        return switch (problem.getKeyword()) {
            case "required" -> member(field, problem.getProperty()) + " is missing";
            case "additionalProperties" -> member(field, problem.getProperty()) + " is not a field of this tool";
            case "type" ->
                field + " must be " + a(problem.getSchemaNode().asString()) + ", not "
                        + a(type(problem.getInstanceNode()));
            case "enum" -> field + " must be one of " + problem.getSchemaNode();
            case "minimum" -> field + " must be at least " + problem.getSchemaNode();
            case "maximum" -> field + " must be at most " + problem.getSchemaNode();
            case "minLength", "minItems" -> field + " is too short; its least length is " + problem.getSchemaNode();
            case "maxLength", "maxItems" -> field + " is too long; its greatest length is " + problem.getSchemaNode();
            default -> field + ": " + problem.getMessage();
        };
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

    private static void removeNulls(JsonNode json) {
        if (json instanceof ObjectNode object) {
            object.removeIf(JsonNode::isNull);
        }
        json.forEach(ToolInputCodec::removeNulls);
    }

    private static Map<String, Object> object(ObjectNode json) {
        Map<String, Object> values = new LinkedHashMap<>();
        json.properties().forEach(field -> values.put(field.getKey(), value(field.getValue())));
        return values;
    }

    private static Object value(JsonNode json) {
        return switch (json) {
            case ObjectNode object -> object(object);
            case ArrayNode array ->
                array.valueStream().map(ToolInputCodec::value).toList();
            default ->
                switch (json.getNodeType()) {
                    case BOOLEAN -> json.booleanValue();
                    case NUMBER ->
                        json.canConvertToLong() && json.isIntegralNumber()
                                ? (Object) json.longValue()
                                : json.doubleValue();
                    default -> json.asString();
                };
        };
    }
}
