package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolEffect;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.api.JsonText;
import java.util.List;

/** Makes several replacements in a file, all or none. */
public final class MultiEdit implements Tool {
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "file_path":{"type":"string","minLength":1,"maxLength":4096,"description":"Absolute, or relative to the working directory"},
              "edits":{"type":"array","minItems":1,"maxItems":200,"description":"Made in this order, each in what the one before left","items":{
                "type":"object","properties":{
                  "old_string":{"type":"string","description":"The text to replace, exactly as in the file"},
                  "new_string":{"type":"string","description":"What takes its place"},
                  "replace_all":{"type":"boolean","description":"Replace every occurrence; otherwise there must be exactly one"}},
                "required":["old_string","new_string"],"additionalProperties":false}}},
             "required":["file_path","edits"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "MultiEdit";
    }

    @Override
    public String description() {
        return """
                Makes several replacements in one file in the sandbox, in order, each by the rules of Edit. If one cannot be made, none is.""";
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
        return FileEdit.apply(
                input.string("file_path"),
                input.objects("edits").stream().map(FileEdit::replacement).toList(),
                context);
    }
}
