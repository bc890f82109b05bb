package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.Shells;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.JsonText;
import java.time.Duration;
import java.util.Optional;

/** Kills a command in the background. */
public final class KillShell implements Tool {
    private static final Duration MOST = Duration.ofSeconds(30);
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "shell_id":{"type":"string","minLength":1,"description":"The bash_id that Bash said"}},
             "required":["shell_id"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "KillShell";
    }

    @Override
    public String description() {
        return "Kills a command that Bash runs in the background, with all that it started.";
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
    public ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException {
        String id = input.string("shell_id");
        Optional<Shells.Shell> found = context.shells().find(id);
        if (found.isEmpty()) {
            return BashOutput.unknown(id, context);
        }
        if (!found.get().exec().isRunning()) {
            return ToolOutcome.of("It had already ended.");
        }
        found.get().exec().kill();
        return found.get().exec().await(MOST).isPresent()
                ? ToolOutcome.of("Killed.")
                : ToolOutcome.error("It was told to end and has not ended yet.");
    }
}
