package dev.belay.bench.process;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the model says in a session that lives long. Each command that changes something writes a line of its own into a file, the ledger: a
 * line that stands there twice is a call that was made twice.
 */
final class LifeScript {
    static final String LEDGER = "ledger";
    private static final int STEPS = 3000;
    private static final Pattern ENTRY = Pattern.compile("echo (s\\d+) >> " + LEDGER);
    private static final String PROSE =
            "A sentence that is here to be told again and again until nobody has room for it. ";

    private LifeScript() {}

    /** @param marker stands in every command */
    static String json(String marker) {
        List<Map<String, Object>> steps = new ArrayList<>();
        for (int i = 1; i <= STEPS; i++) {
            steps.add(step(i, marker));
        }
        return JsonMapper.shared()
                .writeValueAsString(
                        Map.of("price", Map.of("input", 1, "output", 1), "context_tokens", 20_000, "steps", steps));
    }

    private static Map<String, Object> step(int i, String marker) {
        String entry = "echo s" + i + " >> " + LEDGER;
        return switch (i % 9) {
            case 1 -> step("I begin.", call("Bash", "command", entry + "; sleep 0.1 # " + marker));
            case 2 ->
                step(
                        "I look.",
                        call("Read", "file_path", LEDGER),
                        call("Glob", "pattern", "*"),
                        call("Bash", "command", "sleep 0.05; " + entry + " # " + marker));
            case 4 -> step("I write.", call("Write", "file_path", "note", "content", "step " + i));
            case 5 ->
                step("I go on.", call("mcp__sandbox__execute_shell", "command", entry + "; sleep 0.1 # " + marker));
            case 7 -> step("I ask.", call("AskUser", "question", "Which way?"));
            case 8 -> step("I run.", call("Bash", "command", entry + "; setsid sleep 3 & sleep 0.05 # " + marker));
            case 3 -> end(PROSE.repeat(20), 0);
            case 6 -> end("Slowly. " + PROSE, 60);
            default -> end("Done.", 20);
        };
    }

    private static Map<String, Object> step(String text, Object... calls) {
        Map<String, Object> step = new LinkedHashMap<>(Map.of("text", text, "tool_calls", List.of(calls)));
        step.put("usage", Map.of("input_tokens", 7, "output_tokens", 3));
        return step;
    }

    private static Map<String, Object> end(String text, int delayMillis) {
        return Map.of("text", List.of("So. ", text), "delta_ms", delayMillis);
    }

    private static Map<String, Object> call(String tool, String... input) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 0; i < input.length; i += 2) {
            fields.put(input[i], input[i + 1]);
        }
        return Map.of("tool", tool, "input", fields);
    }

    /** The line that a call writes into the ledger; empty text if it writes none. */
    static String entry(JsonNode call) {
        Matcher entry = ENTRY.matcher(call.path("input").path("command").asString(""));
        return entry.find() ? entry.group(1) : "";
    }
}
