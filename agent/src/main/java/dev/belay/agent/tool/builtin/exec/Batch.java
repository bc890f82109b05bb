package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolInputCodec;
import dev.belay.agent.tool.ToolInputCodec.Parsed;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.JsonText;
import dev.belay.store.StoredJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Calls one of the two sandbox tools with many inputs side by side (contract: cloud-agent 2.6). */
public final class Batch implements Tool {
    static final int MOST_INPUTS = 200;
    /** How many inputs run at the same time. */
    static final int AT_ONCE = 8;

    /** What all results of a call may be long together. */
    private static final int MAX_CHARS = 100_000;

    private static final String PREFIX = "mcp__sandbox__";
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "tool_name":{"type":"string","description":"execute_code or execute_shell"},
              "tool_inputs":{"type":"array","maxItems":200,"items":{"type":"object"},"description":"The arguments of each call"}},
             "required":["tool_name","tool_inputs"],"additionalProperties":false}""");

    private final ExecuteCode code;
    private final ExecuteShell shell;
    private final ToolInputCodec codec = new ToolInputCodec();

    /** @param ids as for the tools that it calls */
    public Batch(IdSource ids) {
        code = new ExecuteCode(ids);
        shell = new ExecuteShell(ids);
    }

    @Override
    public String name() {
        return PREFIX + "batch";
    }

    @Override
    public String description() {
        return """
                Calls execute_code or execute_shell once for each of up to 200 inputs, 8 at a time, and returns one JSON object: results and \
                errors, both as long as tool_inputs and in its order (one of each pair is null), tool_name and count. \
                Each input of execute_code runs in a process of its own here, without the session's variables.""";
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    @Override
    public boolean readsOnly() {
        return false;
    }

    /** Those of all its calls. */
    @Override
    public List<ToolSubject> subjects(ToolInput input) {
        List<ToolSubject> subjects = new ArrayList<>();
        tool(input.string("tool_name")).ifPresent(tool -> {
            for (ToolInput each : input.objects("tool_inputs")) {
                if (codec.parse(tool, new JsonText(StoredJson.encode(each.values())))
                        instanceof Parsed.Valid(var valid)) {
                    tool.subjects(valid).forEach(subject -> subjects.add(subject.by(name())));
                }
            }
        });
        return subjects.isEmpty() ? List.of(ToolSubject.of(name())) : subjects;
    }

    private Optional<Tool> tool(String name) {
        return switch (bare(name)) {
            case "execute_code" -> Optional.of(code);
            case "execute_shell" -> Optional.of(shell);
            default -> Optional.empty();
        };
    }

    private interface Call {
        ToolOutcome of(ToolInput input, ToolContext context) throws InterruptedException;
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException {
        String name = input.string("tool_name");
        List<ToolInput> inputs = input.objects("tool_inputs");
        List<ToolOutcome> outcomes = switch (bare(name)) {
            case "execute_code" -> all(inputs, code, code::callAlone, context);
            case "execute_shell" -> all(inputs, shell, shell::call, context);
            default -> inputs.stream().map(_ -> unknown(name)).toList();
        };
        return answer(name, outcomes);
    }

    private static String bare(String name) {
        return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    }

    private static ToolOutcome unknown(String name) {
        return ToolOutcome.error("there is no tool " + name + " for a batch; execute_code and execute_shell are");
    }

    private List<ToolOutcome> all(List<ToolInput> inputs, Tool tool, Call call, ToolContext context)
            throws InterruptedException {
        Semaphore room = new Semaphore(AT_ONCE);
        List<Callable<ToolOutcome>> calls = new ArrayList<>();
        for (ToolInput input : inputs) {
            calls.add(() -> {
                room.acquire();
                try {
                    return one(input, tool, call, context);
                } finally {
                    room.release();
                }
            });
        }
        List<ToolOutcome> outcomes = new ArrayList<>();
        // Interrupting the wait interrupts the calls, and closing waits for them: nothing that was started is left
        // running.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<ToolOutcome> each : threads.invokeAll(calls)) {
                outcomes.add(each.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call of a batch failed", e.getCause());
        }
        return outcomes;
    }

    private ToolOutcome one(ToolInput input, Tool tool, Call call, ToolContext context) throws InterruptedException {
        return switch (codec.parse(tool, new JsonText(StoredJson.encode(input.values())))) {
            case Parsed.Invalid(String text) -> ToolOutcome.error(text);
            case Parsed.Valid(ToolInput valid) -> {
                try {
                    yield call.of(valid, context);
                } catch (BelayException e) {
                    yield ToolOutcome.error(e.text());
                }
            }
        };
    }

    private static ToolOutcome answer(String name, List<ToolOutcome> outcomes) {
        List<Optional<Object>> results = new ArrayList<>();
        List<Optional<String>> errors = new ArrayList<>();
        long cut = 0;
        int share = MAX_CHARS / Math.max(1, outcomes.size());
        for (int i = 0; i < outcomes.size(); i++) {
            ToolOutcome outcome = outcomes.get(i);
            String text = outcome.output();
            long dropped = Math.max(0, text.length() - share);
            cut += outcome.truncatedBytes() + dropped;
            String shown = dropped == 0 ? text : text.substring(0, share) + "[... " + dropped + " characters cut ...]";
            results.add(outcome.error() ? Optional.empty() : Optional.of(shown));
            errors.add(outcome.error() ? Optional.of("input " + i + ": " + shown) : Optional.empty());
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("results", results);
        json.put("errors", errors);
        json.put("tool_name", name);
        json.put("count", outcomes.size());
        return new ToolOutcome(StoredJson.encode(json), false, cut);
    }
}
