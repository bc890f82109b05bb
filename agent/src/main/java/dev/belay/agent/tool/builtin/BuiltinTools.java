package dev.belay.agent.tool.builtin;

import dev.belay.agent.subagent.Subagents;
import dev.belay.agent.subagent.Task;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.tool.builtin.exec.Bash;
import dev.belay.agent.tool.builtin.exec.BashOutput;
import dev.belay.agent.tool.builtin.exec.Batch;
import dev.belay.agent.tool.builtin.exec.ExecuteCode;
import dev.belay.agent.tool.builtin.exec.ExecuteShell;
import dev.belay.agent.tool.builtin.exec.KillShell;
import dev.belay.agent.tool.builtin.file.Edit;
import dev.belay.agent.tool.builtin.file.Glob;
import dev.belay.agent.tool.builtin.file.Grep;
import dev.belay.agent.tool.builtin.file.MultiEdit;
import dev.belay.agent.tool.builtin.file.Read;
import dev.belay.agent.tool.builtin.file.Write;
import dev.belay.api.IdSource;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;

/** All of them. */
public final class BuiltinTools {
    private BuiltinTools() {}

    /** @param ids names what a call leaves in {@code /tmp} while it runs, and executions that could not begin */
    public static Toolbox toolbox(IdSource ids) {
        return new Toolbox(List.of(
                new Bash(),
                new BashOutput(),
                new KillShell(),
                new Read(),
                new Write(),
                new Edit(),
                new MultiEdit(),
                new Glob(),
                new Grep(),
                new TodoWrite(),
                new Skill(),
                new Task(new Subagents(List.of())),
                new ExecuteCode(ids),
                new ExecuteShell(ids),
                new Batch(ids)));
    }

    /** As {@link #toolbox(IdSource)} with ids from the system's clock and its secure random source. */
    public static Toolbox toolbox() {
        return toolbox(new IdSource(InstantSource.system(), new SecureRandom()));
    }
}
