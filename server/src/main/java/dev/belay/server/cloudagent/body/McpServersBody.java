package dev.belay.server.cloudagent.body;

import dev.belay.agent.mcp.McpServer;
import dev.belay.api.InvalidRequestException;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The option {@code mcp_servers}: a name for each, with {@code {type?: "stdio", command, args?, env?}} or {@code {type?: "http", url, headers?}}.
 */
public final class McpServersBody {
    static final String NAME = "mcp_servers";

    private McpServersBody() {}

    public static List<McpServer> read(Fields options) {
        ObjectNode servers = options.object(NAME).orElse(Json.object());
        List<McpServer> read = new ArrayList<>();
        for (Map.Entry<String, JsonNode> one : servers.properties()) {
            String place = options.written(NAME) + "." + one.getKey();
            if (!(one.getValue() instanceof ObjectNode described)) {
                throw new InvalidRequestException(place, place + " must be an object");
            }
            read.add(server(one.getKey(), new Fields(described, name -> place + "." + name)));
        }
        return read;
    }

    private static McpServer server(String name, Fields fields) {
        Optional<String> type = fields.string("type");
        boolean http = type.map("http"::equals).orElse(fields.node("url").isPresent());
        if (type.isPresent() && !List.of("stdio", "http").contains(type.get())) {
            throw new InvalidRequestException(
                    fields.written("type"), fields.written("type") + " must be \"stdio\" or \"http\"");
        }
        if (http) {
            fields.only(List.of("type", "url", "headers"));
            return new McpServer.Http(name, url(fields), texts(fields, "headers"));
        }
        fields.only(List.of("type", "command", "args", "env"));
        return new McpServer.Stdio(
                name, fields.requiredString("command"), fields.strings("args").orElse(List.of()), texts(fields, "env"));
    }

    private static URI url(Fields fields) {
        try {
            return new URI(fields.requiredString("url"));
        } catch (URISyntaxException e) {
            throw new InvalidRequestException(fields.written("url"), fields.written("url") + " is not an address");
        }
    }

    private static Map<String, String> texts(Fields fields, String name) {
        Map<String, String> texts = new HashMap<>();
        fields.object(name).orElse(Json.object()).properties().forEach(one -> {
            if (!one.getValue().isString()) {
                throw new InvalidRequestException(
                        fields.written(name), fields.written(name) + " must be an object whose values are strings");
            }
            texts.put(one.getKey(), one.getValue().stringValue());
        });
        return texts;
    }
}
