package dev.belay.server;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The API descriptions, to hold answers against. */
final class Description {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final List<JsonNode> DOCUMENTS =
            List.of(read("cloud-agent"), read("codegraff"), read("mcp"), read("belay"));
    private static final Map<String, Schema> SCHEMAS = new ConcurrentHashMap<>();

    private Description() {}

    private static JsonNode read(String face) {
        try (InputStream in = Description.class.getResourceAsStream("/openapi/" + face + ".yaml")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new YAMLMapper().readTree(text.replace("#/components/schemas/", "#/$defs/"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All operations, as {@code GET /path}. */
    static List<String> operations() {
        return DOCUMENTS.stream()
                .flatMap(document -> document.get("paths").properties().stream())
                .flatMap(path -> path.getValue().propertyNames().stream()
                        .filter(method -> !method.equals("parameters"))
                        .map(method -> method.toUpperCase(Locale.ROOT) + " " + path.getKey()))
                .toList();
    }

    /** Fails unless the answer is one that the operation may give; an answer to a request that is no operation must be an error. */
    static void check(String method, String path, Api.Answer answer) {
        if (answer.contentType()
                .filter(type -> type.startsWith("application/json"))
                .isEmpty()) {
            return;
        }
        for (JsonNode document : DOCUMENTS) {
            Optional<JsonNode> operation =
                    operation(document, method, path.replaceFirst("\\?.*", "").replaceFirst("^//", "/"));
            if (operation.isPresent()) {
                JsonNode responses = operation.get().get("responses");
                JsonNode response = responses.has("" + answer.status())
                        ? responses.get("" + answer.status())
                        : resolve(document, responses.path("default"));
                if (!response.isMissingNode()) {
                    fits(
                            document,
                            response.at("/content/application~1json/schema"),
                            answer.json(),
                            method + " " + path);
                    return;
                }
            }
        }
        if (answer.status() < 400) {
            throw new AssertionError(method + " " + path + " is not described, and answers " + answer.text());
        }
        fits(DOCUMENTS.getFirst(), ref("Error"), answer.json(), method + " " + path);
    }

    static void checkLine(JsonNode line) {
        String type = line.path("type").asString();
        String schema = switch (type) {
            case "status" -> "StatusLine";
            case "thinking" -> "ThinkingLine";
            case "text_delta" -> "DeltaLine";
            case "tool_use" -> "ToolUseLine";
            case "permission_request" -> "PermissionRequestLine";
            case "permission_decision" -> "PermissionDecisionLine";
            case "tool_result" -> "ToolResultLine";
            case "result" -> "ResultLine";
            default -> throw new AssertionError("a line of an unknown type: " + line);
        };
        fits(DOCUMENTS.getFirst(), ref(schema), line, "a line of type " + type);
    }

    private static JsonNode ref(String schema) {
        return JsonMapper.shared().createObjectNode().put("$ref", "#/$defs/" + schema);
    }

    private static Optional<JsonNode> operation(JsonNode document, String method, String path) {
        for (Map.Entry<String, JsonNode> entry : document.get("paths").properties()) {
            String pattern = entry.getKey().replace("{path}", ".+").replaceAll("\\{[^}]+}", "[^/]+");
            JsonNode operation = entry.getValue().get(method.toLowerCase(Locale.ROOT));
            if (path.matches(pattern) && operation != null) {
                return Optional.of(operation);
            }
        }
        return Optional.empty();
    }

    private static JsonNode resolve(JsonNode document, JsonNode response) {
        return response.has("$ref")
                ? document.at(response.get("$ref").asString().substring(1))
                : response;
    }

    private static void fits(JsonNode document, JsonNode schema, JsonNode value, String what) {
        if (schema.isMissingNode()) {
            throw new AssertionError(what + " answered what its description does not know: " + value);
        }
        Schema compiled = SCHEMAS.computeIfAbsent(DOCUMENTS.indexOf(document) + schema.toString(), _ -> {
            ObjectNode root = JsonMapper.shared().createObjectNode();
            root.putArray("allOf").add(schema);
            root.set("$defs", document.at("/components/schemas"));
            return REGISTRY.getSchema(root);
        });
        var problems = compiled.validate(value);
        if (!problems.isEmpty()) {
            throw new AssertionError(what + " does not fit its description: " + problems + " in " + value);
        }
    }
}
