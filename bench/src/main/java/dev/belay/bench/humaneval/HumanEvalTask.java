package dev.belay.bench.humaneval;

import dev.belay.modeldouble.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One task of the data set: a function to complete, its own solution, and its test. */
record HumanEvalTask(String id, String prompt, String solution, String test, String entryPoint) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String RUN = "/usr/bin/python3 solution.py";
    /** How often the model is asked. */
    static final int ANSWERS = 3;

    static List<HumanEvalTask> readAll(Path file) throws IOException {
        List<HumanEvalTask> tasks = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                JsonNode task = JSON.readTree(line);
                tasks.add(new HumanEvalTask(
                        task.required("task_id").asString(),
                        task.required("prompt").asString(),
                        task.required("canonical_solution").asString(),
                        task.required("test").asString(),
                        task.required("entry_point").asString()));
            }
        }
        return tasks;
    }

    /** The program that a solution's author would run: it ends with 0 if the test passes. */
    String program(boolean solved) {
        return prompt + (solved ? solution : "    pass\n") + "\n" + test + "\ncheck(" + entryPoint + ")\n";
    }

    /** What the scripted model is told to do: write the program, run it, answer. */
    String script(boolean solved) {
        return JSON.writeValueAsString(Map.of(
                "steps",
                List.of(
                        call("Write", Map.of("file_path", "solution.py", "content", program(solved))),
                        call("Bash", Map.of("command", RUN)),
                        Map.of("text", "done"))));
    }

    private static Map<String, Object> call(String tool, Map<String, String> input) {
        return Map.of("tool_calls", List.of(Map.of("tool", tool, "input", input)));
    }

    /** The answers of a model over a wire, in order: what the script says. */
    List<Answer> answers(boolean solved) {
        return List.of(
                new Answer()
                        .call(
                                "call_1",
                                "Write",
                                JSON.writeValueAsString(
                                        Map.of("file_path", "solution.py", "content", program(solved)))),
                new Answer().call("call_2", "Bash", JSON.writeValueAsString(Map.of("command", RUN))),
                new Answer().text("done"));
    }

    /** A name for the script of this task. */
    String scriptName(boolean solved) {
        return id.toLowerCase(Locale.ROOT).replace('/', '-') + (solved ? "" : "-unsolved");
    }
}
