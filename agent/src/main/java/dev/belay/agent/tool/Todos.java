package dev.belay.agent.tool;

import java.util.List;
import java.util.Optional;

/** The agent's list of what is to do. Safe for many threads. */
public final class Todos {
    private volatile List<Todo> list = List.of();

    /** One thing to do. */
    public record Todo(String content, Status status, Optional<String> activeForm) {}

    /** How far one is. */
    public enum Status {
        PENDING,
        IN_PROGRESS,
        COMPLETED
    }

    /** The list as the agent last wrote it. */
    public List<Todo> list() {
        return list;
    }

    public void replace(List<Todo> todos) {
        list = List.copyOf(todos);
    }
}
