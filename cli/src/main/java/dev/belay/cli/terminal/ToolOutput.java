package dev.belay.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a tool returned, as a person wants to see it.
 *
 * @param lines the output itself; none where the call already says it all
 * @param remark a few words about it, or empty
 */
record ToolOutput(List<String> lines, String remark) {
    /** Tools whose call shows what they do; their output is for the model. */
    private static final Set<String> TOLD_BY_CALL = Set.of("Write", "Edit", "MultiEdit");

    static ToolOutput of(String tool, JsonNode output, boolean error) {
        if (output.isObject()) {
            return execution(output);
        }
        List<String> lines = lines(output.asString(""));
        if (!error && tool.equals("Read")) {
            return new ToolOutput(List.of(), lines.size() == 1 ? "1 line" : lines.size() + " lines");
        }
        if (tool.equals("Bash")) {
            return command(new ArrayList<>(lines));
        }
        return !error && TOLD_BY_CALL.contains(tool) ? new ToolOutput(List.of(), "") : new ToolOutput(lines, "");
    }

    /** What is written for the model around a command's output is said in fewer words here. */
    private static ToolOutput command(List<String> lines) {
        if (!lines.isEmpty() && lines.getFirst().equals("[stderr]")) {
            lines.removeFirst();
        }
        boolean exit = !lines.isEmpty() && lines.getLast().startsWith("exit code ");
        return new ToolOutput(lines, exit ? lines.removeLast() : "");
    }

    /** The object that the {@code mcp__sandbox__} tools return (contract: Cloud Agent 2.1). */
    private static ToolOutput execution(JsonNode output) {
        List<String> lines = new ArrayList<>();
        for (String stream : List.of("stdout", "stderr", "error")) {
            lines.addAll(lines(output.path(stream).asString("")));
        }
        int code = output.path("exit_code").asInt(0);
        return new ToolOutput(lines, code == 0 ? "" : "exit code " + code);
    }

    private static List<String> lines(String text) {
        return text.isBlank() ? List.of() : text.stripTrailing().lines().toList();
    }
}
