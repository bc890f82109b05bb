package dev.belay.sandbox.background;

import dev.belay.api.CapacityException;
import dev.belay.api.ExecId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The background execs of one sandbox. Those that run are kept, and of those that have ended the last ones. They end with the sandbox. Safe for
 * many threads.
 */
public final class BackgroundExecs {
    private final Sandbox sandbox;
    private final InstantSource clock;
    private final Limits limits;
    private final Map<ExecId, BackgroundExec> all = new LinkedHashMap<>();

    public BackgroundExecs(Sandbox sandbox, InstantSource clock, Limits limits) {
        this.sandbox = sandbox;
        this.clock = clock;
        this.limits = limits;
    }

    /**
     * @param running how many may run at once
     * @param ended how many that have ended are kept
     * @param keptBytes of each stream of each exec
     */
    public record Limits(int running, int ended, int keptBytes) {
        public static final Limits DEFAULT = new Limits(32, 64, 1 << 20);
    }

    /**
     * Starts one. Its {@link ExecSpec#timeout} holds.
     *
     * @throws CapacityException if as many run as may
     */
    public synchronized BackgroundExec start(ExecSpec spec) {
        if (all.values().stream().filter(BackgroundExec::isRunning).count() >= limits.running()) {
            throw new CapacityException(limits.running()
                    + " commands already run in the background of this sandbox; wait for one, or kill one");
        }
        BackgroundExec started = new BackgroundExec(spec.program().shown(), clock.instant(), limits.keptBytes());
        Exec exec = sandbox.start(spec.withOutputLimit(LEAST_CAPTURE), started.output());
        started.follow(exec);
        all.put(exec.id(), started);
        forgetOldest();
        return started;
    }

    /** The sandbox's own capture of the output is not needed. */
    private static final int LEAST_CAPTURE = 1024;

    private void forgetOldest() {
        List<ExecId> ended = all.values().stream()
                .filter(exec -> !exec.isRunning())
                .map(BackgroundExec::id)
                .toList();
        ended.stream().limit(Math.max(0, ended.size() - limits.ended())).forEach(all::remove);
    }

    /** All that are kept, in the order in which they were started. */
    public synchronized List<BackgroundExec> list() {
        return List.copyOf(all.values());
    }

    public synchronized Optional<BackgroundExec> find(ExecId id) {
        return Optional.ofNullable(all.get(id));
    }
}
