package dev.belay.agent.tool.builtin;

import dev.belay.agent.tool.Toolbox;
import dev.belay.api.IdSource;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;

/** All the tools of this package. */
public final class BuiltinTools {
    private BuiltinTools() {}

    /** @param ids names what a call leaves in {@code /tmp} while it runs, and executions that could not begin */
    public static Toolbox toolbox(IdSource ids) {
        return new Toolbox(List.of(
                new Bash(ids),
                new Read(),
                new Write(),
                new Edit(),
                new MultiEdit(),
                new Glob(),
                new Grep(),
                new TodoWrite(),
                new ExecuteCode(ids),
                new ExecuteShell(ids)));
    }

    /** As {@link #toolbox(IdSource)} with ids from the system's clock and its secure random source. */
    public static Toolbox toolbox() {
        return toolbox(new IdSource(InstantSource.system(), new SecureRandom()));
    }
}
