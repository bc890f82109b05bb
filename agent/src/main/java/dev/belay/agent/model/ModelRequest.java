package dev.belay.agent.model;

import dev.belay.api.JsonText;
import java.util.List;

/**
 * One call to a model.
 *
 * @param model the provider's name for it
 * @param tools what it may ask for, in a stable order
 * @param session the same word for all requests that begin like this one: the session's id, and for a sub-agent a slash and a word of its own
 *     behind it; empty for none
 * @param attempt how many attempts the session's log holds before this one, from 0; a sub-agent's are counted apart
 */
public record ModelRequest(
        String model, String system, List<ToolDefinition> tools, List<Message> messages, String session, int attempt) {
    public ModelRequest {
        tools = List.copyOf(tools);
        messages = List.copyOf(messages);
    }

    /** A request that is like no other. */
    public ModelRequest(String model, String system, List<ToolDefinition> tools, List<Message> messages, int attempt) {
        this(model, system, tools, messages, "", attempt);
    }

    /** A tool as the model is told of it. */
    public record ToolDefinition(String name, String description, JsonText inputSchema) {}
}
