package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.JsonText;
import java.time.Duration;
import java.util.List;

/** Runs a shell command and answers with a JSON object. */
public final class ExecuteShell implements Tool {
    static final String NAME = "mcp__sandbox__execute_shell";
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "command":{"type":"string","minLength":1,"description":"What to run, as for bash -c"},
              "timeout":{"type":"integer","minimum":1,"maximum":600,"description":"Seconds after which it is killed; 30 if absent"}},
             "required":["command"],"additionalProperties":false}""");

    private final IdSource ids;

    /** @param ids names executions that could not begin */
    public ExecuteShell(IdSource ids) {
        this.ids = ids;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return """
                Runs a shell command in the sandbox, in the working directory, and returns one JSON object: status (success or error), \
                stdout, stderr, exit_code, execution_id and duration_ms; if it could not run to its end, error and error_type say why. \
                Each call is a new shell.""";
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
    public List<ToolSubject> subjects(ToolInput input) {
        return List.of(ToolSubject.of(name()).running(input.string("command")));
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException {
        Duration timeout = Duration.ofSeconds(input.optionalLong("timeout").orElse(30));
        try {
            return ExecuteOutcome.of(context.sandbox().run(Commands.spec(input.string("command"), timeout, context)));
        } catch (BelayException e) {
            return ExecuteOutcome.failed(e, ids.next());
        }
    }
}
