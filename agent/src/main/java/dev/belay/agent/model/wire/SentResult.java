package dev.belay.agent.model.wire;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.api.event.Attachment;
import java.util.ArrayList;
import java.util.List;

/**
 * A tool's result as a model is sent it.
 *
 * @param text what the tool said, and which files are left out
 * @param files those that the model takes
 */
public record SentResult(String text, List<Attachment> files) {
    public SentResult {
        files = List.copyOf(files);
    }

    public static SentResult of(Message.ToolResult result, PricedModel model) {
        if (result.attachments().isEmpty()) {
            return new SentResult(result.output(), List.of());
        }
        StringBuilder text = new StringBuilder(result.output());
        List<Attachment> files = new ArrayList<>();
        for (Attachment file : result.attachments()) {
            if (model.takes(file)) {
                files.add(file);
            } else {
                text.append("\n[")
                        .append(file.name())
                        .append(" is left out: ")
                        .append(
                                file.whole()
                                        ? "this model takes no files of the type " + file.mediaType()
                                        : "it holds a secret")
                        .append(']');
            }
        }
        return new SentResult(text.toString(), files);
    }

    /** A file as an address that holds all of it. */
    public static String dataUrl(Attachment file) {
        return "data:" + file.mediaType() + ";base64," + file.base64();
    }

    public static boolean isImage(Attachment file) {
        return file.mediaType().startsWith("image/");
    }
}
