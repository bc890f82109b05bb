package dev.belay.client.sandbox;

import dev.belay.api.JsonText;
import java.util.List;
import java.util.Map;

/**
 * All that can be told of a sandbox.
 *
 * @param properties of its walls, each as it was proven from inside; none unless it runs
 * @param limits each with what holds it
 * @param usage by name, for example {@code memoryBytes}, {@code diskBytes}
 * @param startedExecs since it last started
 * @param running what runs in it now
 * @param json all that the server told
 */
public record Inspection(
        Sandbox sandbox,
        List<Property> properties,
        List<Limit> limits,
        Map<String, Long> usage,
        long startedExecs,
        List<RunningExec> running,
        JsonText json) {
    public Inspection {
        properties = List.copyOf(properties);
        limits = List.copyOf(limits);
        usage = Map.copyOf(usage);
        running = List.copyOf(running);
    }

    /** One wall. */
    public record Property(String name, boolean held, String detail) {}

    /**
     * One limit.
     *
     * @param value in the unit that its name says
     * @param means what holds it, for example {@code cgroup v2}, {@code rlimit per process} or {@code soft}
     */
    public record Limit(String name, double value, String means) {}

    /** One command that runs. */
    public record RunningExec(String id, String command, String directory, String startedBy) {}
}
