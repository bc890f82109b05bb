package dev.belay.agent.tool;

import dev.belay.api.ExecId;
import dev.belay.api.IdSource;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.background.BackgroundExec;
import dev.belay.sandbox.background.BackgroundExecs;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The commands that an agent runs in the background, and how far it has read what each of them wrote. Safe for many threads. */
public final class Shells {
    private final Supplier<Sandbox> sandbox;
    private final Map<ExecId, Shell> known = new ConcurrentHashMap<>();
    private @Nullable BackgroundExecs execs;

    Shells(Supplier<Sandbox> sandbox) {
        this.sandbox = sandbox;
    }

    /** Starts one; {@link dev.belay.api.CapacityException} if too many run. */
    public Shell start(ExecSpec spec) {
        BackgroundExecs all = execs();
        Shell shell = new Shell(all.start(spec));
        known.put(shell.exec().id(), shell);
        List<ExecId> kept = all.list().stream().map(BackgroundExec::id).toList();
        known.keySet().retainAll(kept);
        return shell;
    }

    private synchronized BackgroundExecs execs() {
        BackgroundExecs made = execs;
        if (made == null) {
            made = new BackgroundExecs(sandbox.get(), InstantSource.system(), BackgroundExecs.Limits.DEFAULT);
            execs = made;
        }
        return made;
    }

    /** The one of that id. */
    public Optional<Shell> find(String id) {
        return IdSource.isId(id) ? Optional.ofNullable(known.get(new ExecId(id))) : Optional.empty();
    }

    /** The ids of those that run. */
    public List<String> running() {
        return known.values().stream()
                .filter(shell -> shell.exec().isRunning())
                .map(shell -> shell.exec().id().value())
                .sorted()
                .toList();
    }

    /** One of them. */
    public static final class Shell {
        private final BackgroundExec exec;
        private long stdoutRead;
        private long stderrRead;

        Shell(BackgroundExec exec) {
            this.exec = exec;
        }

        public BackgroundExec exec() {
            return exec;
        }

        /**
         * What it wrote since the last call, at most so many bytes of each stream.
         *
         * @param lost how many bytes were written since the last call and are not kept any more
         */
        public record News(byte[] stdout, byte[] stderr, long lost) {}

        public synchronized News news(int most) {
            var out = exec.stdout(stdoutRead, most);
            var err = exec.stderr(stderrRead, most);
            long lost = out.from() - stdoutRead + err.from() - stderrRead;
            stdoutRead = out.next();
            stderrRead = err.next();
            return new News(out.bytes(), err.bytes(), lost);
        }
    }
}
