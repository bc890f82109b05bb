package dev.belay.server.cloudagent;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** A server with models that hand tasks to sub-agents, and what tests of those say and read again and again. */
record SubagentHouse(RunningServer server, Api api) implements AutoCloseable {
    static SubagentHouse open(Path data) {
        RunningServer server = RunningServer.start(data);
        SubagentHouse house = new SubagentHouse(server, server.api());
        house.script("leads", """
                {"price": {"input": 1, "output": 10}, "steps": [
                  {"text": "Look.", "tool_calls": [{"tool": "Task", "input": %s}], "usage": {"input_tokens": 100, "output_tokens": 10}},
                  {"expect": "There is one.", "text": "Reported.", "usage": {"input_tokens": 200, "output_tokens": 20}}]}""".formatted(task("helper")));
        house.script("counts", """
                {"price": {"input": 1, "output": 10}, "steps": [
                  {"expect": "count them", "tool_calls": [{"tool": "Bash", "input": {"command": "echo 1"}}],
                   "usage": {"input_tokens": 1000, "output_tokens": 100}},
                  {"expect": "1", "text": "There is one.", "usage": {"input_tokens": 2000, "output_tokens": 200}}]}""");
        house.script("asks-once", """
                {"steps": [{"tool_calls": [{"tool": "Task", "input": %s}]}, {"text": "On."}]}""".formatted(task("helper")));
        house.script("bash", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "echo ran > ran; cat ran"}}]}, {"text": "Ran."}]}""");
        return house;
    }

    void script(String name, String json) {
        server.script(name, json);
    }

    Lines run(String script, String options) {
        return api.run(body(script, options));
    }

    String session(String script, String options) {
        return api.post("/agent/session", "{\"options\": {\"model\": \"scripted:" + script + "\", " + options + "}}")
                .json()
                .get("session_id")
                .asString();
    }

    Lines say(String session, String prompt) {
        try (Api.Stream stream =
                api.stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"" + prompt + "\"}")) {
            return stream.toEnd();
        }
    }

    List<String> events(String session) {
        return api.events(session, "").durable();
    }

    static String task(String agent) {
        return "{\"description\": \"count files\", \"prompt\": \"count them\", \"subagent_type\": \"" + agent + "\"}";
    }

    /** The options of a run with one sub-agent, which plays that script. */
    static String helper(String script, String more) {
        return "\"agents\": {\"helper\": {\"description\": \"Helps.\", \"prompt\": \"You help.\", \"model\": \"scripted:"
                + script + "\"" + more + "}}";
    }

    static String body(String script, String options) {
        return "{\"prompt\": \"go\", \"model\": \"scripted:" + script + "\", " + options + "}";
    }

    static String said(JsonNode line) {
        return line.path("message").asString("");
    }

    static JsonNode status(Lines lines, String message) {
        return lines.of("status").stream()
                .filter(line -> said(line).equals(message))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + message + " in " + lines.texts()));
    }

    /** The result of the first call of {@code Task}. */
    static JsonNode answer(Lines lines) {
        return lines.of("tool_result").stream()
                .filter(line -> line.get("tool").asString().equals("Task") && !line.has("parent_id"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no answer in " + lines.texts()));
    }

    static long sleeping(String mark) {
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            return processes
                    .map(process -> process.info().arguments().orElse(new String[0]))
                    .filter(arguments -> List.of(arguments).equals(List.of(mark)))
                    .count();
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
