package dev.belay.agent.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageParam;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionTool;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.SentResult;
import dev.belay.api.JsonText;
import dev.belay.api.event.Attachment;
import java.util.List;

/** Writes requests of the Chat Completions wire. */
final class ChatCodec {
    private ChatCodec() {}

    static ChatCompletionCreateParams params(ModelRequest request, PricedModel model) {
        ChatCompletionCreateParams.Builder params = ChatCompletionCreateParams.builder()
                .model(request.model())
                .messages(JsonCodec.<List<ChatCompletionMessageParam>>field(messages(request, model)))
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build());
        if (!request.tools().isEmpty()) {
            params.tools(JsonCodec.<List<ChatCompletionTool>>field(tools(request)));
        }
        model.maxOutputTokens().ifPresent(params::maxCompletionTokens);
        JsonCodec.cacheKey(request, model).ifPresent(params::promptCacheKey);
        return params.build();
    }

    private static ArrayNode tools(ModelRequest request) {
        ArrayNode tools = JsonCodec.array();
        for (ModelRequest.ToolDefinition tool : request.tools()) {
            tools.addObject()
                    .put("type", "function")
                    .putObject("function")
                    .put("name", tool.name())
                    .put("description", tool.description())
                    .set("parameters", JsonCodec.tree(tool.inputSchema()));
        }
        return tools;
    }

    private static ArrayNode messages(ModelRequest request, PricedModel model) {
        ArrayNode messages = JsonCodec.array();
        if (!request.system().isBlank()) {
            messages.addObject().put("role", "system").put("content", request.system());
        }
        for (Message message : request.messages()) {
            switch (message) {
                case Message.User(String text) ->
                    messages.addObject().put("role", "user").put("content", text);
                case Message.Assistant(var blocks) -> assistant(messages.addObject(), blocks);
                case Message.ToolResults(var results) -> results(messages, results, model);
            }
        }
        return messages;
    }

    /** Tool messages hold text only, so that the files of all of them follow in a message of the user's. */
    private static void results(ArrayNode messages, List<Message.ToolResult> results, PricedModel model) {
        ArrayNode parts = JsonCodec.array();
        for (Message.ToolResult result : results) {
            SentResult sent = SentResult.of(result, model);
            messages.addObject()
                    .put("role", "tool")
                    .put("tool_call_id", result.id())
                    .put("content", sent.text());
            sent.files().forEach(file -> file(parts, result.id(), file));
        }
        if (!parts.isEmpty()) {
            messages.addObject().put("role", "user").set("content", parts);
        }
    }

    private static void file(ArrayNode parts, String call, Attachment file) {
        parts.addObject()
                .put("type", "text")
                .put("text", "The file " + file.name() + " of the tool call " + call + ":");
        if (SentResult.isImage(file)) {
            parts.addObject().put("type", "image_url").putObject("image_url").put("url", SentResult.dataUrl(file));
        } else {
            parts.addObject()
                    .put("type", "file")
                    .putObject("file")
                    .put("filename", file.name())
                    .put("file_data", SentResult.dataUrl(file));
        }
    }

    /** Thinking goes back as {@code reasoning_content}, which only endpoints see that have sent some. */
    private static void assistant(ObjectNode message, List<Block> blocks) {
        message.put("role", "assistant");
        StringBuilder said = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        ArrayNode calls = JsonCodec.array();
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
                            .put("arguments", JsonCodec.arguments(input));
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
}
