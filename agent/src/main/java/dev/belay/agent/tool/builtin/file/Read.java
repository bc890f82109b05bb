package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.agent.tool.media.MediaFile;
import dev.belay.agent.tool.text.NumberedLines;
import dev.belay.api.JsonText;
import dev.belay.api.event.Attachment;
import dev.belay.sandbox.SandboxFiles.FileContent;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Shows a text file with line numbers, an image or a document as it is. */
public final class Read implements Tool {
    private static final int DEFAULT_LINES = 2000;
    private static final int MAX_CHARS = 100_000;
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "file_path":{"type":"string","minLength":1,"maxLength":4096,"description":"Absolute, or relative to the working directory"},
              "offset":{"type":"integer","minimum":1,"maximum":2000000000,"description":"Number of the first line to show; 1 if absent"},
              "limit":{"type":"integer","minimum":1,"maximum":2000000000,"description":"How many lines to show; 2000 if absent"}},
             "required":["file_path"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "Read";
    }

    @Override
    public String description() {
        return """
                Shows a file in the sandbox. Text comes line by line: each line with its number and a tab before it (neither is part of the file). \
                Shows up to 2,000 lines from the start unless offset and limit say otherwise, and says when more follow. \
                An image (PNG, JPEG, GIF, WebP) or a PDF document is shown as it is, if you can be shown such. \
                A file must have been read before it can be edited or overwritten.""";
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    @Override
    public boolean readsOnly() {
        return true;
    }

    @Override
    public List<ToolSubject> subjects(ToolInput input) {
        return List.of(ToolSubject.of(name()).reading(input.string("file_path")));
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) {
        String path = input.string("file_path");
        FileContent content = TextFile.read(path, context);
        byte[] bytes = content.bytes();
        if (bytes.length == 0) {
            return ToolOutcome.of("(the file is empty)");
        }
        Optional<MediaFile> media = MediaFile.of(bytes);
        if (media.isPresent()) {
            return show(media.get(), path, content, context);
        }
        if (TextFile.isBinary(bytes)) {
            return ToolOutcome.error(path + " is a binary file of " + bytes.length
                    + " bytes; look at it with Bash, for example with file, strings or xxd");
        }
        Optional<String> text = TextFile.decode(bytes);
        List<String> lines = NumberedLines.split(text.orElseGet(() -> new String(bytes, StandardCharsets.UTF_8)));
        long first = input.optionalLong("offset").orElse(1);
        if (first > lines.size()) {
            return ToolOutcome.error(path + " has " + count(lines.size()) + "; there is no line " + first);
        }
        return show(lines, (int) first, input.optionalLong("limit").orElse(DEFAULT_LINES), text.isEmpty());
    }

    private static ToolOutcome show(MediaFile media, String path, FileContent content, ToolContext context) {
        Optional<String> refused =
                media.problem().or(() -> context.filesShown().add(content.bytes().length, media.pages()));
        if (refused.isPresent()) {
            return ToolOutcome.error(path + " (" + media.about() + ") cannot be shown: " + refused.get());
        }
        String real = content.stat().path();
        return new ToolOutcome(
                path + ": " + media.about(),
                false,
                0,
                List.of(new Attachment(
                        real.substring(real.lastIndexOf('/') + 1),
                        media.mediaType(),
                        Base64.getEncoder().encodeToString(content.bytes()),
                        media.mostTokens())));
    }

    private static ToolOutcome show(List<String> lines, int first, long limit, boolean notUtf8) {
        NumberedLines shown = new NumberedLines(MAX_CHARS);
        int next = first;
        while (next <= lines.size() && next - first < limit && shown.add(next, lines.get(next - 1))) {
            next++;
        }
        if (next <= lines.size()) {
            shown.note("[the file has " + count(lines.size()) + "; go on with offset " + next + "]");
        }
        if (notUtf8) {
            shown.note(
                    "[the file is not UTF-8: what could not be read is shown as \ufffd, and only Bash can change it]");
        }
        return new ToolOutcome(shown.text(), false, shown.cutBytes());
    }

    private static String count(int lines) {
        return lines == 1 ? "1 line" : lines + " lines";
    }
}
