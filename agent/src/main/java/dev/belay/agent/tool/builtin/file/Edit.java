package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolEffect;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.api.JsonText;
import java.util.List;

/** Replaces text in a file. */
public final class Edit implements Tool {
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "file_path":{"type":"string","minLength":1,"maxLength":4096,"description":"Absolute, or relative to the working directory"},
              "old_string":{"type":"string","description":"The text to replace, exactly as in the file"},
              "new_string":{"type":"string","description":"What takes its place"},
              "replace_all":{"type":"boolean","description":"Replace every occurrence; otherwise there must be exactly one"}},
             "required":["file_path","old_string","new_string"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "Edit";
    }

    @Override
    public String description() {
        return """
                Replaces a piece of text in a file in the sandbox. The file must have been read in this session and not have changed since. \
                old_string must be in the file exactly once, spaces and line breaks included but without the line numbers that Read shows; \
                take in enough of the lines around it, or set replace_all.""";
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
        return FileEdit.apply(input.string("file_path"), List.of(FileEdit.replacement(input)), context);
    }
}
