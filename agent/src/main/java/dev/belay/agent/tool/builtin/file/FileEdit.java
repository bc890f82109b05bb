package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.text.Snippet;
import dev.belay.agent.tool.text.TextEdit;
import dev.belay.agent.tool.text.TextEdit.Outcome.Edited;
import dev.belay.agent.tool.text.TextEdit.Outcome.Refused;
import dev.belay.agent.tool.text.TextEdit.Replacement;
import dev.belay.sandbox.SandboxFiles.FileContent;
import java.util.List;
import java.util.Optional;

/** What Edit and MultiEdit share: replacements in a file that the agent knows, all or none. */
final class FileEdit {
    private FileEdit() {}

    /** A replacement as both tools' input says it. */
    static Replacement replacement(ToolInput input) {
        return new Replacement(input.string("old_string"), input.string("new_string"), input.flag("replace_all"));
    }

    static ToolOutcome apply(String path, List<Replacement> replacements, ToolContext context) {
        FileContent file = TextFile.readKnown(path, context);
        Optional<String> text = TextFile.isBinary(file.bytes()) ? Optional.empty() : TextFile.decode(file.bytes());
        if (text.isEmpty()) {
            return ToolOutcome.error(path + " is not UTF-8 text; change it with Bash");
        }
        return switch (TextEdit.apply(text.get(), replacements, TextFile.MAX_BYTES)) {
            case Refused(String why) -> ToolOutcome.error(path + " was not changed: " + why);
            case Edited edited -> {
                TextFile.replace(file.stat(), TextFile.encode(edited.text()), context);
                yield ToolOutcome.of(
                        "Changed " + (edited.count() == 1 ? "1 place" : edited.count() + " places") + " in "
                                + context.shortened(file.stat().path()) + ", which now reads:\n"
                                + Snippet.of(edited.text(), edited.changed()));
            }
        };
    }
}
