package dev.belay.agent.anthropic;

import com.anthropic.core.JsonField;
import com.anthropic.core.JsonValue;
import com.anthropic.core.ObjectMappers;
import com.anthropic.models.messages.MessageCreateParams;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.SentResult;
import dev.belay.api.JsonText;
import dev.belay.api.event.Attachment;

/** Writes requests, and reads what an error says. */
final class MessagesCodec {
    /** Where nothing is known of the model: every model of this wire can answer so much. */
    private static final int MAX_TOKENS = 8192;

    private static final JsonMapper MAPPER = ObjectMappers.jsonMapper();

    private MessagesCodec() {}

    /**
     * The tools, the system prompt and the last message end a stretch that the provider keeps for the next call; the message that ended one in
     * the call before is marked again, because the provider looks back over 20 blocks only.
     */
    @SuppressWarnings({"unchecked", "rawtypes"}) // A JsonValue stands for a field of any type.
    static MessageCreateParams params(ModelRequest request, PricedModel model) {
        MessageCreateParams.Builder params = MessageCreateParams.builder()
                .model(request.model())
                .maxTokens(model.maxOutputTokens().orElse(MAX_TOKENS))
                .messages((JsonField) JsonValue.fromJsonNode(messages(request, model)));
        if (!request.system().isBlank()) {
            ArrayNode system = MAPPER.createArrayNode();
            cached(system.addObject().put("type", "text").put("text", request.system()));
            params.system((JsonField) JsonValue.fromJsonNode(system));
        }
        if (!request.tools().isEmpty()) {
            params.tools((JsonField) JsonValue.fromJsonNode(tools(request)));
        }
        return params.build();
    }

    private static ArrayNode tools(ModelRequest request) {
        ArrayNode tools = MAPPER.createArrayNode();
        for (ModelRequest.ToolDefinition tool : request.tools()) {
            tools.addObject()
                    .put("name", tool.name())
                    .put("description", tool.description())
                    .set("input_schema", tree(tool.inputSchema()));
        }
        cached((ObjectNode) tools.get(tools.size() - 1));
        return tools;
    }

    private static ArrayNode messages(ModelRequest request, PricedModel model) {
        ArrayNode messages = MAPPER.createArrayNode();
        for (Message message : request.messages()) {
            ArrayNode content = MAPPER.createArrayNode();
            switch (message) {
                case Message.User(String text) -> text(content, text);
                case Message.Assistant(var blocks) -> blocks.forEach(block -> block(content, block));
                case Message.ToolResults(var results) -> results.forEach(result -> result(content, result, model));
            }
            if (!content.isEmpty()) {
                messages.addObject()
                        .put("role", message instanceof Message.Assistant ? "assistant" : "user")
                        .set("content", content);
            }
        }
        int marks = 2;
        for (int i = messages.size() - 1; i >= 0 && marks > 0; i--) {
            if (messages.get(i).get("role").asText().equals("user")) {
                JsonNode content = messages.get(i).get("content");
                cached((ObjectNode) content.get(content.size() - 1));
                marks--;
            }
        }
        return messages;
    }

    private static void block(ArrayNode content, Block block) {
        switch (block) {
            case Block.Text(String text) -> text(content, text);
            case Block.Thinking(String text, String signature) -> thinking(content, text, signature);
            case Block.ToolUse(String id, String tool, JsonText input) ->
                content.addObject()
                        .put("type", "tool_use")
                        .put("id", id)
                        .put("name", tool)
                        .set("input", object(input));
        }
    }

    /** The wire refuses text that is blank. */
    private static void text(ArrayNode content, String text) {
        if (!text.isBlank()) {
            content.addObject().put("type", "text").put("text", text);
        }
    }

    /** Thinking without a signature, or with one that is another wire's, came from somewhere else, and would be refused. */
    private static void thinking(ArrayNode content, String text, String signature) {
        if (signature.startsWith(Block.Thinking.REDACTED)) {
            content.addObject()
                    .put("type", "redacted_thinking")
                    .put("data", signature.substring(Block.Thinking.REDACTED.length()));
        } else if (!signature.isEmpty() && !signature.startsWith(Block.Thinking.ITEM)) {
            content.addObject().put("type", "thinking").put("thinking", text).put("signature", signature);
        }
    }

    private static void result(ArrayNode content, Message.ToolResult result, PricedModel model) {
        ObjectNode block = content.addObject().put("type", "tool_result").put("tool_use_id", result.id());
        SentResult sent = SentResult.of(result, model);
        if (sent.files().isEmpty()) {
            block.put("content", sent.text());
        } else {
            ArrayNode parts = block.putArray("content");
            text(parts, sent.text());
            sent.files().forEach(file -> file(parts, file));
        }
        if (result.error()) {
            block.put("is_error", true);
        }
    }

    private static void file(ArrayNode parts, Attachment file) {
        parts.addObject()
                .put("type", SentResult.isImage(file) ? "image" : "document")
                .putObject("source")
                .put("type", "base64")
                .put("media_type", file.mediaType())
                .put("data", file.base64());
    }

    private static void cached(ObjectNode block) {
        block.putObject("cache_control").put("type", "ephemeral");
    }

    /** Arguments as they were sent; the wire takes objects only, so that others go back as text in one. */
    private static JsonNode object(JsonText input) {
        try {
            JsonNode tree = MAPPER.readTree(input.text());
            if (tree.isObject()) {
                return tree;
            }
        } catch (JsonProcessingException e) {
            // The model has been told already what is wrong with its arguments.
        }
        return MAPPER.createObjectNode().put("_raw_content", input.text());
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
        return switch (tree(body).at("/error/type").asText()) {
            case "overloaded_error" -> 529;
            case "rate_limit_error" -> 429;
            case "timeout_error" -> 504;
            case "authentication_error" -> 401;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "invalid_request_error", "request_too_large", "billing_error" -> 400;
            default -> 500;
        };
    }

    static String message(JsonValue body) {
        JsonNode tree = tree(body);
        String message = tree.at("/error/message").asText();
        return message.isEmpty() && tree.isTextual() ? tree.asText() : message;
    }

    private static JsonNode tree(JsonValue body) {
        // A proxy in front of the provider may send what is no JSON at all.
        return body.isMissing() ? MissingNode.getInstance() : MAPPER.valueToTree(body);
    }
}
