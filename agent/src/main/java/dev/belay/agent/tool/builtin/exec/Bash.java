package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.Shells;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.api.JsonText;
import dev.belay.sandbox.ExecResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Runs a shell command. */
public final class Bash implements Tool {
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "command":{"type":"string","minLength":1,"description":"What to run, as for bash -c"},
              "timeout":{"type":"integer","minimum":1,"maximum":600000,"description":"Milliseconds after which it is killed; 120000 if absent"},
              "description":{"type":"string","description":"What the command is for, in a few words"},
              "run_in_background":{"type":"boolean","description":"Start it and return at once; see BashOutput and KillShell"}},
             "required":["command"],"additionalProperties":false}""");

    /** It ends with the session's sandbox anyway; this bounds what is forgotten in a long session. */
    private static final Duration IN_BACKGROUND = Duration.ofHours(1);

    @Override
    public String name() {
        return "Bash";
    }

    @Override
    public String description() {
        return """
                Runs a command with bash in the sandbox, in the working directory, and returns what it printed. \
                Each call is a new shell: files stay, but variables, the current directory and processes started with & do not. \
                What is to go on running, as a server does, is started with run_in_background, alone: its output is read with BashOutput. \
                Nothing can be typed into the command, and there is no network unless it was allowed. \
                Of long output only the beginning and the end come back (30,000 characters in all): filter it, or write it to a file and look at parts. \
                To look at, find, search or change files use Read, Glob, Grep, Edit and Write, which are safer.""";
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
        Duration timeout = Duration.ofMillis(input.optionalLong("timeout").orElse(120_000));
        if (input.flag("run_in_background")) {
            return start(input, context);
        }
        ExecResult result = context.sandbox().run(Commands.spec(input.string("command"), timeout, context));
        ShownOutput shown = ShownOutput.of(result);
        StringBuilder text = new StringBuilder(shown.stdout().text());
        if (!shown.stderr().text().isEmpty()) {
            onNewLine(text).append("[stderr]\n").append(shown.stderr().text());
        }
        int exitCode = result.exitCode().orElse(0);
        Optional<ExecEnding> ending = ExecEnding.of(result);
        if (ending.isPresent()) {
            onNewLine(text).append('[').append(ending.get().text()).append(']');
        } else if (exitCode != 0) {
            onNewLine(text).append("exit code ").append(exitCode);
        }
        return new ToolOutcome(text.isEmpty() ? "(no output)" : text.toString(), !result.succeeded(), shown.cutBytes());
    }

    private static ToolOutcome start(ToolInput input, ToolContext context) {
        if (input.optionalLong("timeout").isPresent()) {
            return ToolOutcome.error(
                    "A command in the background has no timeout; leave it out, and end it with KillShell.");
        }
        Shells.Shell shell = context.shells().start(Commands.spec(input.string("command"), IN_BACKGROUND, context));
        return ToolOutcome.of(
                "Running in the background with bash_id " + shell.exec().id() + ".");
    }

    static StringBuilder onNewLine(StringBuilder text) {
        return text.isEmpty() || text.charAt(text.length() - 1) == '\n' ? text : text.append('\n');
    }
}
