package dev.belay.agent.tool;

import dev.belay.agent.model.ModelRequest.ToolDefinition;
import dev.belay.api.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

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
     * The tools that are left of these. Of a rule {@code Tool(pattern)} only the tool counts here: one that is allowed some calls is kept, one
     * that is refused some calls is not taken away.
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
                .filter(tool -> allowed.isEmpty()
                        || allowed.get().stream().anyMatch(name -> names(withoutPattern(name), tool.name())))
                .filter(tool -> disallowed.stream().noneMatch(name -> names(name, tool.name())))
                .filter(tool -> sandboxTools || !tool.name().startsWith(SANDBOX_PREFIX))
                .toList());
    }

    /** The same with that tool in the place of the one of its name, if there is one. */
    public Toolbox replacing(Tool other) {
        return new Toolbox(tools.values().stream()
                .map(tool -> tool.name().equals(other.name()) ? other : tool)
                .toList());
    }

    /** The same with more tools after these. */
    public Toolbox with(List<Tool> more) {
        return new Toolbox(Stream.concat(tools.values().stream(), more.stream()).toList());
    }

    /** These but for that one, which need not be there. */
    public Toolbox without(String name) {
        return only(tool -> !tool.equals(name));
    }

    /** Those of them whose names fit. */
    public Toolbox only(Predicate<String> names) {
        return new Toolbox(
                tools.values().stream().filter(tool -> names.test(tool.name())).toList());
    }

    /** Whether a name as people write it means that tool: {@code mcp__server} and {@code mcp__server__*} mean all of the server's. */
    public static boolean names(String written, String tool) {
        if (!written.startsWith("mcp__")) {
            return written.equals(tool);
        }
        return written.endsWith("*")
                ? tool.startsWith(written.substring(0, written.length() - 1))
                : tool.equals(written) || (written.indexOf("__", 5) < 0 && tool.startsWith(written + "__"));
    }

    private static String withoutPattern(String rule) {
        int open = rule.indexOf('(');
        return open < 0 ? rule : rule.substring(0, open);
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

    private void requireKnown(String field, List<String> rules) {
        for (String rule : rules) {
            String name = withoutPattern(rule);
            if (tools.keySet().stream().noneMatch(tool -> names(name, tool))) {
                throw new InvalidRequestException(
                        field, field + ": there is no tool " + name + "; the tools are " + String.join(", ", names()));
            }
        }
    }
}
