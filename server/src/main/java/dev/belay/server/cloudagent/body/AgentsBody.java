package dev.belay.server.cloudagent.body;

import dev.belay.agent.permission.PermissionMode;
import dev.belay.agent.subagent.SubagentDefinition;
import dev.belay.api.InvalidRequestException;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The option {@code agents}: a name for each sub-agent, with {@code {description, prompt, tools?, disallowed_tools?, model?, max_turns?,
 * max_budget_usd?, permission_mode?}} (contract: Cloud Agent 6).
 */
final class AgentsBody {
    static final String NAME = "agents";

    private static final List<String> FIELDS = List.of(
            "description",
            "prompt",
            "tools",
            "disallowed_tools",
            "model",
            "max_turns",
            "max_budget_usd",
            "permission_mode");

    private AgentsBody() {}

    static List<SubagentDefinition> read(Fields options) {
        List<SubagentDefinition> read = new ArrayList<>();
        ObjectNode agents = options.object(NAME).orElse(Json.object());
        for (Map.Entry<String, JsonNode> one : agents.properties()) {
            String place = options.written(NAME) + "." + one.getKey();
            if (!(one.getValue() instanceof ObjectNode described)) {
                throw new InvalidRequestException(place, place + " must be an object");
            }
            read.add(agent(one.getKey(), new Fields(described, name -> place + "." + name).only(FIELDS)));
        }
        return read;
    }

    private static SubagentDefinition agent(String name, Fields fields) {
        return new SubagentDefinition(
                name,
                fields.requiredString("description"),
                fields.requiredString("prompt"),
                fields.strings("tools"),
                fields.strings("disallowed_tools").orElse(List.of()),
                fields.string("model"),
                fields.integer("max_turns"),
                RequestOptions.budget(fields),
                permissionMode(fields));
    }

    private static Optional<PermissionMode> permissionMode(Fields fields) {
        try {
            return fields.string("permission_mode").map(PermissionMode::of);
        } catch (InvalidRequestException e) {
            String place = fields.written("permission_mode");
            throw new InvalidRequestException(place, place + ": " + e.text());
        }
    }
}
