package dev.belay.agent.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseIncludable;
import com.openai.models.responses.ResponseReasoningItem;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.ModelFeature;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.SentResult;
import dev.belay.api.JsonText;
import dev.belay.api.event.Attachment;
import java.util.List;

/** Writes requests of the Responses wire, and what of its answers goes back as it came. */
final class ResponsesCodec {
    private ResponsesCodec() {}

    static ResponseCreateParams params(ModelRequest request, PricedModel model) {
        ResponseCreateParams.Builder params = ResponseCreateParams.builder()
                .model(request.model())
                .store(false)
                .input(JsonCodec.<ResponseCreateParams.Input>field(input(request, model)));
        if (!request.system().isBlank()) {
            params.instructions(request.system());
        }
        if (!request.tools().isEmpty()) {
            params.tools(JsonCodec.<List<com.openai.models.responses.Tool>>field(tools(request)));
        }
        if (model.has(ModelFeature.ENCRYPTED_REASONING)) {
            params.include(List.of(ResponseIncludable.REASONING_ENCRYPTED_CONTENT));
        }
        model.maxOutputTokens().ifPresent(params::maxOutputTokens);
        JsonCodec.cacheKey(request, model).ifPresent(params::promptCacheKey);
        return params.build();
    }

    private static ArrayNode tools(ModelRequest request) {
        ArrayNode tools = JsonCodec.array();
        for (ModelRequest.ToolDefinition tool : request.tools()) {
            tools.addObject()
                    .put("type", "function")
                    .put("name", tool.name())
                    .put("description", tool.description())
                    .put("strict", false)
                    .set("parameters", JsonCodec.tree(tool.inputSchema()));
        }
        return tools;
    }

    private static ArrayNode input(ModelRequest request, PricedModel model) {
        ArrayNode input = JsonCodec.array();
        for (Message message : request.messages()) {
            switch (message) {
                case Message.User(String text) ->
                    input.addObject().put("role", "user").put("content", text);
                case Message.Assistant(var blocks) -> blocks.forEach(block -> item(input, block));
                case Message.ToolResults(var results) ->
                    results.forEach(result -> output(
                            input.addObject()
                                    .put("type", "function_call_output")
                                    .put("call_id", result.id()),
                            SentResult.of(result, model)));
            }
        }
        return input;
    }

    private static void output(ObjectNode item, SentResult result) {
        if (result.files().isEmpty()) {
            item.put("output", result.text());
            return;
        }
        ArrayNode parts = item.putArray("output");
        parts.addObject().put("type", "input_text").put("text", result.text());
        for (Attachment file : result.files()) {
            if (SentResult.isImage(file)) {
                parts.addObject().put("type", "input_image").put("image_url", SentResult.dataUrl(file));
            } else {
                parts.addObject()
                        .put("type", "input_file")
                        .put("filename", file.name())
                        .put("file_data", SentResult.dataUrl(file));
            }
        }
    }

    private static void item(ArrayNode input, Block block) {
        switch (block) {
            case Block.Text(String text) ->
                input.addObject().put("role", "assistant").put("content", text);
            case Block.Thinking thinking -> {
                if (thinking.signature().startsWith(Block.Thinking.ITEM)) {
                    input.add(
                            JsonCodec.tree(new JsonText(thinking.signature().substring(Block.Thinking.ITEM.length()))));
                }
            }
            case Block.ToolUse(String id, String tool, JsonText arguments) ->
                input.addObject()
                        .put("type", "function_call")
                        .put("call_id", id)
                        .put("name", tool)
                        .put("arguments", JsonCodec.arguments(arguments));
        }
    }

    /** The item for its way back; empty without its encrypted content, because the provider, which stores nothing, would not know it. */
    static String signature(ResponseReasoningItem item) {
        if (item._encryptedContent().asString().filter(text -> !text.isEmpty()).isEmpty()) {
            return "";
        }
        ObjectNode tree = JsonCodec.MAPPER.valueToTree(item);
        tree.remove("status"); // which requests may not say
        return Block.Thinking.ITEM + tree;
    }
}
