package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.ToolContext;
import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.ExecSpec;
import java.time.Duration;

/** Shell commands of any length in a session's working directory. */
final class Commands {
    private Commands() {}

    static ExecSpec spec(String command, Duration timeout, ToolContext context) {
        if (command.indexOf('\0') >= 0) {
            throw new InvalidRequestException("command", "the command holds a NUL character, which no shell takes");
        }
        return ExecSpec.shell(command)
                .in(context.directory())
                .withTimeout(timeout)
                .withOutputLimit(ShownOutput.CAPTURE_BYTES);
    }
}
