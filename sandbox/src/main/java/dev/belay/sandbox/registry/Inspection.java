package dev.belay.sandbox.registry;

import dev.belay.api.SandboxException;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Isolation;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxUsage;
import dev.belay.sandbox.live.Execution;
import dev.belay.sandbox.live.LiveSandbox;
import java.util.List;
import java.util.Optional;

/**
 * All that can be told of a sandbox.
 *
 * @param isolation each property of its walls as it was proven; empty unless it runs
 * @param limits each limit, and by which means it is held
 * @param usage empty unless it runs
 * @param disk what its files take now
 * @param running what runs in it now
 * @param startedExecs how many execs were started since it last started
 */
public record Inspection(
        KeptSandbox sandbox,
        Optional<Isolation> isolation,
        List<Limit> limits,
        Optional<SandboxUsage> usage,
        SandboxUsage.Disk disk,
        List<Execution> running,
        long startedExecs) {
    public Inspection {
        limits = List.copyOf(limits);
        running = List.copyOf(running);
    }

    /**
     * One limit.
     *
     * @param value in the unit that its name says
     * @param means what holds it, for example {@code cgroup v1}, {@code rlimit per process} or {@code soft}
     */
    public record Limit(String name, double value, String means) {}

    static Inspection of(
            KeptSandbox sandbox, Optional<LiveSandbox> live, SandboxPolicy policy, SandboxUsage.Disk disk) {
        Optional<Isolation> isolation = live.map(one -> one.sandbox().isolation());
        Optional<SandboxLimits> limits =
                live.map(LiveSandbox::limits).or(() -> sandbox.request().map(SandboxRequest::limits));
        return new Inspection(
                sandbox,
                isolation,
                limits.map(known -> limits(known, isolation, policy)).orElse(List.of()),
                live.flatMap(Inspection::usage),
                disk,
                live.stream()
                        .flatMap(one -> one.running().stream())
                        .map(LiveSandbox.RunningExec::shown)
                        .toList(),
                live.map(LiveSandbox::startedExecs).orElse(0L));
    }

    private static Optional<SandboxUsage> usage(LiveSandbox live) {
        try {
            return Optional.of(live.sandbox().usage());
        } catch (SandboxException e) {
            return Optional.empty(); // it ended meanwhile
        }
    }

    private static List<Limit> limits(SandboxLimits limits, Optional<Isolation> isolation, SandboxPolicy policy) {
        return List.of(
                new Limit("memory_bytes", limits.memoryBytes(), means(isolation, "memory_limit")),
                new Limit("processes", limits.processes(), means(isolation, "process_limit")),
                new Limit("cpus", limits.cpus(), means(isolation, "cpu_limit")),
                new Limit("open_files", limits.openFiles(), "rlimit per process"),
                new Limit("file_bytes", Math.min(limits.fileBytes(), limits.diskBytes()), "rlimit per file"),
                new Limit(
                        "disk_bytes",
                        limits.diskBytes(),
                        limits.exactDisk()
                                ? "exact: a file system of that size"
                                : "soft: counted every second while programs run"),
                new Limit("exec_seconds", policy.longestExec().toSeconds(), "server"),
                new Limit("output_bytes", ExecSpec.MAX_OUTPUT_LIMIT, "server"));
    }

    private static String means(Optional<Isolation> isolation, String property) {
        return isolation.stream()
                .flatMap(known -> known.properties().stream())
                .filter(known -> known.name().equals(property))
                .map(Isolation.Property::detail)
                .findFirst()
                .orElse("told when it runs");
    }
}
