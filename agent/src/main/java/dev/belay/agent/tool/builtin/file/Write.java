package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolEffect;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.api.FileException;
import dev.belay.api.JsonText;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import java.util.List;

/** Makes a file, or replaces one that the agent knows. */
public final class Write implements Tool {
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "file_path":{"type":"string","minLength":1,"maxLength":4096,"description":"Absolute, or relative to the working directory"},
              "content":{"type":"string","description":"All that the file shall hold"}},
             "required":["file_path","content"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "Write";
    }

    @Override
    public String description() {
        return """
                Writes a whole file in the sandbox, with the directories above it. A file that exists must have been read in this session and not \
                have changed since. To change part of a file use Edit.""";
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    @Override
    public boolean readsOnly() {
        return false;
    }

    @Override
    public ToolEffect effect() {
        return ToolEffect.EDITS;
    }

    @Override
    public List<ToolSubject> subjects(ToolInput input) {
        return List.of(ToolSubject.of(name()).changing(input.string("file_path")));
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) {
        String path = context.resolve(input.string("file_path"));
        byte[] content = TextFile.encode(input.string("content"));
        SandboxFiles files = context.sandbox().files();
        try {
            FileStat created = files.create(path, content);
            context.filesRead().saw(created);
            return ToolOutcome.of("Created " + context.shortened(created.path()) + " (" + content.length + " bytes).");
        } catch (FileException e) {
            if (!e.code().equals("file_exists")) {
                throw e;
            }
        }
        FileStat existing = files.stat(path);
        TextFile.requireKnown(existing, context);
        FileStat written = TextFile.replace(existing, content, context);
        return ToolOutcome.of("Wrote " + context.shortened(written.path()) + " (" + content.length + " bytes).");
    }
}
