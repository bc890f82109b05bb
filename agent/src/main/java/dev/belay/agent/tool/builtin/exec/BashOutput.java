package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.Shells;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolEffect;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.JsonText;
import dev.belay.sandbox.ExecResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Reads what a command in the background wrote since it was last asked. */
public final class BashOutput implements Tool {
    private static final int MAX_BYTES = 15_000;
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "bash_id":{"type":"string","minLength":1,"description":"As Bash said it"},
              "wait":{"type":"integer","minimum":0,"maximum":600000,"description":"Milliseconds to wait for its end first; 0 if absent"}},
             "required":["bash_id"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "BashOutput";
    }

    @Override
    public String description() {
        return """
                Returns what a command that Bash runs in the background wrote since the last call, and whether it still runs. \
                Of each stream at most 15,000 bytes come at once: call again for the rest. Instead of asking again and again, wait.""";
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    @Override
    public boolean readsOnly() {
        return false; // each call moves on
    }

    @Override
    public ToolEffect effect() {
        return ToolEffect.READS;
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException {
        Optional<Shells.Shell> found = context.shells().find(input.string("bash_id"));
        if (found.isEmpty()) {
            return unknown(input.string("bash_id"), context);
        }
        Shells.Shell shell = found.get();
        long wait = input.optionalLong("wait").orElse(0);
        Optional<ExecResult> ended = wait > 0
                ? shell.exec().await(Duration.ofMillis(wait))
                : shell.exec().result();
        Shells.Shell.News news = shell.news(MAX_BYTES);
        StringBuilder text = new StringBuilder();
        if (news.lost() > 0) {
            text.append("[... ").append(news.lost()).append(" bytes are not kept any more ...]\n");
        }
        text.append(new String(news.stdout(), StandardCharsets.UTF_8));
        if (news.stderr().length > 0) {
            Bash.onNewLine(text).append("[stderr]\n").append(new String(news.stderr(), StandardCharsets.UTF_8));
        }
        Bash.onNewLine(text)
                .append('[')
                .append(ended.map(BashOutput::end).orElse("still running"))
                .append(']');
        return new ToolOutcome(text.toString(), false, news.lost());
    }

    private static String end(ExecResult result) {
        return ExecEnding.of(result)
                .map(ExecEnding::text)
                .orElseGet(() -> "exit code " + result.exitCode().orElse(0));
    }

    static ToolOutcome unknown(String id, ToolContext context) {
        String running = String.join(", ", context.shells().running());
        return ToolOutcome.error("There is no command in the background with bash_id " + id
                + (running.isEmpty() ? "; none runs." : "; those that run: " + running + "."));
    }
}
