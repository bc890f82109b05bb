package dev.belay.agent.tool;

import dev.belay.agent.model.ModelRequest.ToolDefinition;
import dev.belay.api.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tools of an agent, by name, in the order in which the model is told of them. Immutable. */
public final class Toolbox {
    /** Tools that {@code sandbox_enabled: false} takes away begin with this (contract: cloud-agent 1.2 row 33). */
    private static final String SANDBOX_PREFIX = "mcp__sandbox__";

    private final Map<String, Tool> tools = new LinkedHashMap<>();

    /** @param tools with different names */
    public Toolbox(List<Tool> tools) {
        for (Tool tool : tools) {
            if (this.tools.put(tool.name(), tool) != null) {
                throw new IllegalArgumentException("two tools are named " + tool.name());
            }
        }
    }

    /**
     * The tools that are left of these.
     *
     * @param allowed the names of those to keep; all if absent, none if empty
     * @param disallowed the names of those to take away, also from the allowed
     * @param sandboxTools whether to keep those named {@code mcp__sandbox__}
     * @throws InvalidRequestException for {@code allowed_tools} or {@code disallowed_tools} if it holds what is not a tool's name
     */
    public Toolbox restrictedTo(Optional<List<String>> allowed, List<String> disallowed, boolean sandboxTools) {
        allowed.ifPresent(names -> requireKnown("allowed_tools", names));
        requireKnown("disallowed_tools", disallowed);
        return new Toolbox(tools.values().stream()
                .filter(tool -> allowed.isEmpty() || allowed.get().contains(tool.name()))
                .filter(tool -> !disallowed.contains(tool.name()))
                .filter(tool -> sandboxTools || !tool.name().startsWith(SANDBOX_PREFIX))
                .toList());
    }

    /** These but for that one, which need not be there. */
    public Toolbox without(String name) {
        return new Toolbox(tools.values().stream()
                .filter(tool -> !tool.name().equals(name))
                .toList());
    }

    public Optional<Tool> find(String name) {
        return Optional.ofNullable(tools.get(name));
    }

    /** The names of all, in order. */
    public List<String> names() {
        return List.copyOf(tools.keySet());
    }

    /** All as a model is told of them, in order. */
    public List<ToolDefinition> definitions() {
        return tools.values().stream()
                .map(tool -> new ToolDefinition(tool.name(), tool.description(), tool.inputSchema()))
                .toList();
    }

    private void requireKnown(String field, List<String> names) {
        for (String name : names) {
            if (name.contains("(")) {
                throw new InvalidRequestException(
                        field,
                        field + ": " + name + " is a pattern; patterns are not supported yet, name the tool alone");
            }
            if (!tools.containsKey(name)) {
                throw new InvalidRequestException(
                        field, field + ": there is no tool " + name + "; the tools are " + String.join(", ", names()));
            }
        }
    }
}
