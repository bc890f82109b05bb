package dev.belay.cli.serve;

import dev.belay.api.BelayException;
import dev.belay.server.http.Json;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/**
 * {@code belay warm}: the run from which the launcher makes the JVM's start cache. Does what a server does in its first seconds, in silence;
 * leaves nothing and needs no network. A machine without sandboxes fails the turns, not this command.
 */
@Command(name = "warm", hidden = true, description = "Exercises the server, for the JVM's start cache.")
public final class WarmCommand implements Callable<Integer> {
    private static final String SCRIPT = """
            {"price": {"input": 3, "output": 15}, "steps": [
              {"text": ["I ", "look."], "usage": {"input_tokens": 10, "output_tokens": 5},
               "tool_calls": [{"tool": "Write", "input": {"file_path": "a.py", "content": "print(1)\\n"}},
                              {"tool": "Bash", "input": {"command": "python3 a.py"}}]},
              {"tool_calls": [{"tool": "Read", "input": {"file_path": "a.py"}},
                              {"tool": "Edit", "input": {"file_path": "a.py", "old_string": "1", "new_string": "2"}},
                              {"tool": "Glob", "input": {"pattern": "**/*.py"}},
                              {"tool": "Grep", "input": {"pattern": "print"}},
                              {"tool": "mcp__sandbox__execute_code", "input": {"code": "print(2)"}}]},
              {"thinking": "Enough.", "text": "Done."}]}""";

    private static final String USUAL = """
            {"steps": [
              {"tool_calls": [{"tool": "Write", "input": {"file_path": "a.py", "content": "print(1)\\n"}}]},
              {"tool_calls": [{"tool": "Bash", "input": {"command": "true"}}]},
              {"text": "Done."}]}""";
    private static final int USUAL_TURNS = 1000;

    private final Map<String, String> environment;

    public WarmCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (ScratchServer scratch = new ScratchServer(environment, Map.of("warm", SCRIPT, "usual", USUAL));
                AgentClient client = new AgentClient(scratch.server().url())) {
            AtomicReference<String> session = new AtomicReference<>("");
            for (String accept : new String[] {AgentClient.NDJSON, AgentClient.SERVER_SENT}) {
                client.run(
                        Json.object()
                                .put("prompt", "Warm up.")
                                .put("model", "scripted:warm")
                                .put("stream_deltas", true),
                        accept,
                        line -> {
                            if (line.startsWith("{")) {
                                session.set(Json.read(line).path("session_id").asString(session.get()));
                            }
                        });
            }
            // The cache also keeps what is called often, so that a new server compiles that first.
            for (int i = 0; i < USUAL_TURNS; i++) {
                client.run(
                        Json.object().put("prompt", "Warm up.").put("model", "scripted:usual"),
                        AgentClient.NDJSON,
                        _ -> {});
            }
            client.get("/agent/session/" + session.get() + "/status", _ -> {});
            client.get("/agent/session/" + session.get() + "/events", _ -> {});
            client.get("/metrics", _ -> {});
            client.get("/openapi.json", _ -> {});
        } catch (BelayException e) {
            // Whoever needs the server is told by the server; this only makes its start quicker.
        }
        return ExitCode.OK;
    }
}
