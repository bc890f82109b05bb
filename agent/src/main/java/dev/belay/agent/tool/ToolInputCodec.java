package dev.belay.agent.tool;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.belay.agent.tool.ToolInputCodec.Parsed.Invalid;
import dev.belay.agent.tool.ToolInputCodec.Parsed.Valid;
import dev.belay.api.JsonText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
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
                    + " must be a JSON object, so nothing was done; they are " + SchemaProblemCodec.typed(json) + ".");
        }
        removeNulls(json);
        if (tool.checksInput()) {
            return new Valid(new ToolInput(object((ObjectNode) json)));
        }
        Schema schema =
                schemas.computeIfAbsent(tool.inputSchema(), text -> registry.getSchema(mapper.readTree(text.text())));
        List<Error> problems = schema.validate(json);
        return problems.isEmpty()
                ? new Valid(new ToolInput(object((ObjectNode) json)))
                : new Invalid("The arguments of " + tool.name() + " do not fit, so nothing was done:\n"
                        + problems.stream()
                                .map(problem -> "- " + SchemaProblemCodec.words(problem, "this tool"))
                                .distinct()
                                .collect(Collectors.joining("\n")));
    }

    private static String place(JacksonException problem) {
        return Optional.ofNullable(problem.getLocation())
                .map(at -> " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")")
                .orElse("");
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
