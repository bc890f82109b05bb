package dev.belay.sandbox.live;

import dev.belay.api.ExecId;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxUsage;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A sandbox that runs, and what goes on in it. Safe for many threads. */
public final class LiveSandbox {
    private final SandboxFactory.Built built;
    private final Map<ExecId, RunningExec> execs = new ConcurrentHashMap<>();
    private final AtomicLong started = new AtomicLong();
    private final AtomicInteger uses = new AtomicInteger();
    private final AtomicLong lastUseMicros = new AtomicLong();
    private volatile SandboxUsage.Disk disk = new SandboxUsage.Disk(0, 0);

    public LiveSandbox(SandboxFactory.Built built, long nowMicros) {
        this.built = built;
        lastUseMicros.set(nowMicros);
    }

    /** An exec that has not ended, and the reason for which its end was asked, if it was. */
    public record RunningExec(Exec exec, Execution shown, AtomicReference<String> overDisk) {}

    public Sandbox sandbox() {
        return built.sandbox();
    }

    public SandboxId id() {
        return built.sandbox().id();
    }

    public Path state() {
        return built.state();
    }

    public SandboxLimits limits() {
        return built.limits();
    }

    /** Directories of the host that show inside, beside its own. */
    public List<MountedDirectory> directories() {
        return built.directories();
    }

    public RunningExec begin(Exec exec, Execution shown) {
        RunningExec running = new RunningExec(exec, shown, new AtomicReference<>(""));
        execs.put(exec.id(), running);
        started.incrementAndGet();
        return running;
    }

    public void ended(ExecId exec) {
        execs.remove(exec);
    }

    public Collection<RunningExec> running() {
        return execs.values();
    }

    public long startedExecs() {
        return started.get();
    }

    /** Somebody begins to use it; {@link #left} follows. */
    public void entered() {
        uses.incrementAndGet();
    }

    public void left(long nowMicros) {
        lastUseMicros.accumulateAndGet(nowMicros, Math::max);
        uses.decrementAndGet();
    }

    public boolean inUse() {
        return uses.get() > 0;
    }

    public long lastUseMicros() {
        return lastUseMicros.get();
    }

    /** What its files took when that was last looked at. */
    public SandboxUsage.Disk disk() {
        return disk;
    }

    /** Takes note of what its files take now, and ends what runs if that is too much and still grows. */
    public void seen(SandboxUsage.Disk now) {
        SandboxUsage.Disk before = disk;
        disk = now;
        if (now.bytes() > built.limits().diskBytes() && now.bytes() > before.bytes()) {
            for (RunningExec exec : execs.values()) {
                exec.overDisk()
                        .set("The sandbox's files take " + now.bytes() + " bytes; its limit is "
                                + built.limits().diskBytes() + ". Remove some.");
                exec.exec().cancel();
            }
        }
    }
}
