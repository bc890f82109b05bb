package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.ToolContext;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Runs shell commands of any length in a session's sandbox. */
final class Commands {
    /** Linux takes 128 KiB in one argument. */
    private static final int MAX_ARGUMENT = 100_000;

    private final IdSource ids;

    Commands(IdSource ids) {
        this.ids = ids;
    }

    ExecResult run(String command, Duration timeout, ToolContext context) throws InterruptedException {
        if (command.indexOf('\0') >= 0) {
            throw new InvalidRequestException("command", "the command holds a NUL character, which no shell takes");
        }
        byte[] bytes = command.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MAX_ARGUMENT) {
            return runLine(command, timeout, context);
        }
        try (Scratch script = new Scratch(context, ids, "command", bytes)) {
            return runLine(". " + script.path(), timeout, context);
        }
    }

    private static ExecResult runLine(String line, Duration timeout, ToolContext context) throws InterruptedException {
        Sandbox sandbox = context.sandbox();
        return sandbox.run(ExecSpec.of(sandbox.shell(), "-c", line)
                .in(context.directory())
                .withTimeout(timeout)
                .withOutputLimit(ShownOutput.CAPTURE_BYTES));
    }
}
