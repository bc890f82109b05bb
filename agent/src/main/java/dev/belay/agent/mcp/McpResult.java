package dev.belay.agent.mcp;

import dev.belay.agent.tool.FilesShown;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.media.MediaFile;
import dev.belay.agent.tool.text.Clipped;
import dev.belay.api.event.Attachment;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** What a server answered, as the model is told it: its texts one after the other, images and documents beside them. */
final class McpResult {
    private static final int MOST_CHARACTERS = 100_000;
    private static final int SHOWN_ERROR = 2000;

    private final String server;
    private final FilesShown shown;
    private final List<String> texts = new ArrayList<>();
    private final List<Attachment> attachments = new ArrayList<>();

    private McpResult(String server, FilesShown shown) {
        this.server = server;
        this.shown = shown;
    }

    static ToolOutcome outcome(String server, McpSchema.CallToolResult result, FilesShown shown) {
        McpResult told = new McpResult(server, shown);
        Optional.ofNullable(result.content()).orElse(List.of()).forEach(told::add);
        // Who has both sends the same in both.
        if (told.texts.isEmpty() && told.attachments.isEmpty() && result.structuredContent() != null) {
            told.texts.add(JsonMapper.shared().writeValueAsString(result.structuredContent()));
        }
        Clipped text = Clipped.of(String.join("\n", told.texts), MOST_CHARACTERS);
        return new ToolOutcome(text.text(), Boolean.TRUE.equals(result.isError()), text.cutBytes(), told.attachments);
    }

    private void add(McpSchema.Content content) {
        switch (content) {
            case McpSchema.TextContent text -> texts.add(String.valueOf(text.text()));
            case McpSchema.ImageContent image -> file("an image", image.data());
            case McpSchema.AudioContent audio ->
                texts.add("[a recording (" + audio.mimeType() + "), which is not shown]");
            case McpSchema.ResourceLink link -> texts.add("[" + link.name() + ": " + link.uri() + "]");
            case McpSchema.EmbeddedResource embedded -> resource(embedded.resource());
            default -> texts.add("[" + content.type() + ", which is not shown]");
        }
    }

    private void resource(McpSchema.ResourceContents resource) {
        switch (resource) {
            case McpSchema.TextResourceContents text -> texts.add(text.uri() + ":\n" + text.text());
            case McpSchema.BlobResourceContents blob -> file(blob.uri(), blob.blob());
            default -> texts.add("[" + resource.uri() + ", which is not shown]");
        }
    }

    private void file(String what, String base64) {
        byte[] bytes;
        try {
            bytes = Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            texts.add("[" + what + ", which is broken]");
            return;
        }
        Optional<MediaFile> media = MediaFile.of(bytes);
        Optional<String> problem = media.isEmpty()
                ? Optional.of("it is no image or document that can be shown")
                : media.get()
                        .problem()
                        .or(() -> shown.add(bytes.length, media.get().pages()));
        if (problem.isPresent()) {
            texts.add("[" + what + " of " + bytes.length + " bytes, which is not shown: " + problem.get() + "]");
            return;
        }
        texts.add("[" + media.get().about() + "]");
        attachments.add(new Attachment(
                server + "-" + (attachments.size() + 1),
                media.get().mediaType(),
                Base64.getEncoder().encodeToString(bytes),
                media.get().mostTokens()));
    }

    /** The beginning of a text that a server sent as an error. */
    static String cut(String text) {
        return text.length() <= SHOWN_ERROR ? text : text.substring(0, SHOWN_ERROR) + "…";
    }
}
