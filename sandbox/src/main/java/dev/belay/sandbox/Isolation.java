package dev.belay.sandbox;

import java.util.List;

/** What the walls of a sandbox really are: a level, and each property with what was seen when it was tried. */
public record Isolation(IsolationLevel level, List<Property> properties) {
    public Isolation {
        properties = List.copyOf(properties);
    }

    /**
     * One property of the walls.
     *
     * @param name a stable word, for example {@code user_namespace}, {@code seccomp}, {@code memory_limit}
     * @param held whether trying it showed it to hold
     * @param detail what was seen, for example {@code cgroup v1} or {@code rlimit per process}
     */
    public record Property(String name, boolean held, String detail) {}
}
