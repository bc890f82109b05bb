package dev.belay.agent.mcp;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.JsonText;
import io.modelcontextprotocol.spec.McpSchema;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/** A tool of a server, under a name that every model takes: {@code mcp__SERVER__TOOL}. */
final class McpTool implements Tool {
    private static final int LONGEST_NAME = 64;
    private static final int LONGEST_DESCRIPTION = 8192;
    private static final int LARGEST_SCHEMA = 64 << 10;

    private final String name;
    private final String nameThere;
    private final String description;
    private final JsonText schema;
    private final McpConnection connection;

    private McpTool(String name, String nameThere, String description, JsonText schema, McpConnection connection) {
        this.name = name;
        this.nameThere = nameThere;
        this.description = description;
        this.schema = schema;
        this.connection = connection;
    }

    /** @param taken the names of the server's other tools; gets this one's */
    static McpTool of(String server, McpSchema.Tool told, Set<String> taken, McpConnection connection) {
        Map<String, Object> schema =
                new LinkedHashMap<>(Optional.ofNullable(told.inputSchema()).orElse(Map.of()));
        schema.putIfAbsent("type", "object");
        String json = JsonMapper.shared().writeValueAsString(schema);
        if (json.getBytes(StandardCharsets.UTF_8).length > LARGEST_SCHEMA) {
            throw new McpException(
                    server,
                    "the schema of its tool " + told.name() + " is larger than " + LARGEST_SCHEMA + " bytes",
                    null);
        }
        String description = Optional.ofNullable(told.description())
                .or(() -> Optional.ofNullable(told.title()))
                .orElse("");
        return new McpTool(
                name(server, told.name(), taken),
                told.name(),
                description.length() <= LONGEST_DESCRIPTION
                        ? description
                        : description.substring(0, LONGEST_DESCRIPTION),
                new JsonText(json),
                connection);
    }

    private static String name(String server, String there, Set<String> taken) {
        String whole = "mcp__" + server + "__" + there.replaceAll("[^A-Za-z0-9_-]", "_");
        for (int i = 1; ; i++) {
            String ending = i == 1 ? "" : "_" + i;
            String name = whole.substring(0, Math.min(whole.length(), LONGEST_NAME - ending.length())) + ending;
            if (taken.add(name)) {
                return name;
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public JsonText inputSchema() {
        return schema;
    }

    /** The schema is a stranger's, and the server checks what it gets. */
    @Override
    public boolean checksInput() {
        return true;
    }

    /**
     * Never. A server may call a tool harmless ({@code readOnlyHint}), but that is its own word, and a call that runs beside others, or without
     * being asked about, must not rest on it.
     */
    @Override
    public boolean readsOnly() {
        return false;
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException {
        return connection.call(
                McpSchema.CallToolRequest.builder(nameThere)
                        .arguments(input.values())
                        .build(),
                context);
    }
}
