package dev.belay.agent.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.JsonField;
import com.openai.core.JsonValue;
import com.openai.core.ObjectMappers;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelRequest;
import dev.belay.api.JsonText;
import java.util.List;
import java.util.OptionalInt;

/** Writes requests, and reads what an error says. */
final class ChatCodec {
    private static final JsonMapper MAPPER = ObjectMappers.jsonMapper();

    private ChatCodec() {}

    @SuppressWarnings({"unchecked", "rawtypes"}) // A JsonValue stands for a field of any type.
    static ChatCompletionCreateParams params(ModelRequest request, OptionalInt maxTokens) {
        ChatCompletionCreateParams.Builder params = ChatCompletionCreateParams.builder()
                .model(request.model())
                .messages((JsonField) JsonValue.fromJsonNode(messages(request)))
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build());
        if (!request.tools().isEmpty()) {
            params.tools((JsonField) JsonValue.fromJsonNode(tools(request)));
        }
        maxTokens.ifPresent(params::maxCompletionTokens);
        return params.build();
    }

    private static ArrayNode tools(ModelRequest request) {
        ArrayNode tools = MAPPER.createArrayNode();
        for (ModelRequest.ToolDefinition tool : request.tools()) {
            tools.addObject()
                    .put("type", "function")
                    .putObject("function")
                    .put("name", tool.name())
                    .put("description", tool.description())
                    .set("parameters", tree(tool.inputSchema()));
        }
        return tools;
    }

    private static ArrayNode messages(ModelRequest request) {
        ArrayNode messages = MAPPER.createArrayNode();
        if (!request.system().isBlank()) {
            messages.addObject().put("role", "system").put("content", request.system());
        }
        for (Message message : request.messages()) {
            switch (message) {
                case Message.User(String text) ->
                    messages.addObject().put("role", "user").put("content", text);
                case Message.Assistant(var blocks) -> assistant(messages.addObject(), blocks);
                case Message.ToolResults(var results) ->
                    results.forEach(result -> messages.addObject()
                            .put("role", "tool")
                            .put("tool_call_id", result.id())
                            .put("content", result.output()));
            }
        }
        return messages;
    }

    /** Thinking goes back as {@code reasoning_content}, which only endpoints see that have sent some. */
    private static void assistant(ObjectNode message, List<Block> blocks) {
        message.put("role", "assistant");
        StringBuilder said = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        ArrayNode calls = MAPPER.createArrayNode();
        for (Block block : blocks) {
            switch (block) {
                case Block.Text(String text) -> said.append(text);
                case Block.Thinking(String text, String signature) -> thought.append(signature.isEmpty() ? text : "");
                case Block.ToolUse(String id, String tool, JsonText input) ->
                    calls.addObject()
                            .put("id", id)
                            .put("type", "function")
                            .putObject("function")
                            .put("name", tool)
                            .put("arguments", json(input));
            }
        }
        if (!said.isEmpty() || calls.isEmpty()) {
            message.put("content", said.toString());
        }
        if (!thought.isEmpty()) {
            message.put("reasoning_content", thought.toString());
        }
        if (!calls.isEmpty()) {
            message.set("tool_calls", calls);
        }
    }

    /** Arguments as they were sent; many endpoints refuse what is no JSON, so that such goes back as text in an object. */
    private static String json(JsonText input) {
        try {
            MAPPER.readTree(input.text());
            return input.text();
        } catch (JsonProcessingException e) {
            return MAPPER.createObjectNode().put("_raw_content", input.text()).toString();
        }
    }

    private static JsonNode tree(JsonText text) {
        try {
            return MAPPER.readTree(text.text());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a tool's schema is not JSON", e);
        }
    }

    /** What an error that came inside of a stream would have been as an HTTP status. */
    static int status(JsonValue body) {
        JsonNode error = error(body);
        if (error.path("code").isInt() && error.path("code").asInt() >= 400) {
            return error.path("code").asInt();
        }
        String kind = error.path("type").asText() + " " + error.path("code").asText();
        if (kind.contains("rate_limit")) {
            return 429;
        }
        return kind.contains("invalid_request") ? 400 : 500;
    }

    static String message(JsonValue body) {
        return error(body).path("message").asText();
    }

    /** Some endpoints nest the error, others do not. */
    private static JsonNode error(JsonValue body) {
        JsonNode tree = MAPPER.valueToTree(body);
        return tree.path("error").isObject() ? tree.path("error") : tree;
    }
}
