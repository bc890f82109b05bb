package dev.belay.server.mcp;

import dev.belay.api.Permission;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A tool that other agents see.
 *
 * @param permission what the caller's key must have
 * @param readsOnly whether it changes nothing
 * @param fields what it takes, by name, as JSON Schemas
 */
record FaceTool(
        String name,
        String description,
        Permission permission,
        boolean readsOnly,
        Map<String, String> fields,
        List<String> required,
        Work work) {
    /** Does it. Whatever it throws of {@link dev.belay.api.BelayException} is told to the agent. */
    @FunctionalInterface
    interface Work {
        JsonNode call(Caller caller, Fields arguments) throws InterruptedException, ReaderGoneException;
    }

    /** As {@code tools/list} tells it. */
    ObjectNode json() {
        ObjectNode json = Json.object().put("name", name).put("description", description);
        ObjectNode schema = json.putObject("inputSchema").put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        fields.forEach((field, type) -> properties.set(field, Json.read(type)));
        ArrayNode needed = schema.putArray("required");
        required.forEach(needed::add);
        schema.put("additionalProperties", false);
        json.putObject("annotations").put("readOnlyHint", readsOnly);
        return json;
    }
}
