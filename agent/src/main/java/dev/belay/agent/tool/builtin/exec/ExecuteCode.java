package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.JsonText;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Interpreter.Cell;
import dev.belay.sandbox.Language;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Runs code that the model wrote, Python and JavaScript in an interpreter that keeps its state, and answers with a JSON object. */
public final class ExecuteCode implements Tool {
    static final String NAME = "mcp__sandbox__execute_code";
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "code":{"type":"string","description":"The code"},
              "language":{"type":"string","description":"python if absent; javascript, bash, sh, ruby or perl where the sandbox has them"},
              "timeout":{"type":"integer","minimum":1,"maximum":600,"description":"Seconds after which it is interrupted; 30 if absent"}},
             "required":["code"],"additionalProperties":false}""");

    private static final Set<String> SHELLS = Set.of("bash", "sh");

    private static final Map<String, Runner> RUNNERS = new LinkedHashMap<>();

    static {
        Runner javascript = new Runner.Stateful(Language.JAVASCRIPT, "node");
        RUNNERS.put("python", new Runner.Stateful(Language.PYTHON, "python3"));
        RUNNERS.put("javascript", javascript);
        RUNNERS.put("node", javascript);
        RUNNERS.put("bash", new Runner.File("main.sh", "bash"));
        RUNNERS.put("sh", new Runner.File("main.sh", "sh"));
        RUNNERS.put("ruby", new Runner.File("main.rb", "ruby"));
        RUNNERS.put("perl", new Runner.File("main.pl", "perl"));
    }

    /** Prints which of the interpreters are there. */
    private static final String LOOK = """
            for interpreter; do command -v "$interpreter" >/dev/null 2>&1 && echo "$interpreter"; done; exit 0""";

    private final IdSource ids;

    /** @param ids names what a call leaves in {@code /tmp} while it runs, and executions that could not begin */
    public ExecuteCode(IdSource ids) {
        this.ids = ids;
    }

    /** How code in a language is run. */
    private sealed interface Runner {
        String interpreter();

        /** In an interpreter that keeps its state. */
        record Stateful(Language language, String interpreter) implements Runner {}

        /** From a file of that name, in a process of its own. */
        record File(String name, String interpreter) implements Runner {}
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return """
                Runs code in the sandbox, Python 3 unless another language is named, and returns one JSON object: status (success or error), \
                stdout, stderr, exit_code, execution_id and duration_ms; if it could not run to its end, error and error_type say why. \
                Python and JavaScript run in one interpreter that lives as long as the session: imports, variables, functions and classes \
                are there in the next call, also after an exception or a timeout. state_lost: true says that they are gone. \
                Code starts in the working directory with nothing on its standard input; print what you want to see. \
                Each call in another language is a new process: keep what a later call needs in files.""";
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    @Override
    public boolean readsOnly() {
        return false;
    }

    @Override
    public List<ToolSubject> subjects(ToolInput input) {
        ToolSubject code = ToolSubject.of(NAME);
        return List.of(SHELLS.contains(language(input)) ? code.running(input.string("code")) : code);
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException {
        return call(input, context, true);
    }

    /** The same in a process of its own, which neither sees nor leaves variables. */
    ToolOutcome callAlone(ToolInput input, ToolContext context) throws InterruptedException {
        return call(input, context, false);
    }

    private ToolOutcome call(ToolInput input, ToolContext context, boolean keepsState) throws InterruptedException {
        try {
            return run(input, context, keepsState);
        } catch (BelayException e) {
            return ExecuteOutcome.failed(e, ids.next());
        }
    }

    private ToolOutcome run(ToolInput input, ToolContext context, boolean keepsState) throws InterruptedException {
        String name = language(input);
        Optional<Runner> runner = Optional.ofNullable(RUNNERS.get(name));
        if (runner.isEmpty()) {
            return unavailable(name, available(context));
        }
        Duration timeout = Duration.ofSeconds(input.optionalLong("timeout").orElse(30));
        ExecResult result = run(runner.get(), input.string("code"), timeout, context, keepsState);
        if (result.status() == ExecResult.Status.NOT_STARTED) {
            List<String> available = available(context);
            if (!available.contains(name)) {
                return unavailable(name, available);
            }
        }
        return ExecuteOutcome.of(result);
    }

    private ExecResult run(Runner runner, String code, Duration timeout, ToolContext context, boolean keepsState)
            throws InterruptedException {
        return switch (runner) {
            case Runner.Stateful(Language language, String _)
            when keepsState -> context.interpreter(language).run(new Cell(code, timeout, ShownOutput.CAPTURE_BYTES));
            case Runner.Stateful(Language language, String _) -> run(ExecSpec.code(language, code), timeout, context);
            case Runner.File(String name, String interpreter) -> {
                byte[] bytes = code.getBytes(StandardCharsets.UTF_8);
                try (Scratch program = new Scratch(context, ids, name, bytes)) {
                    yield run(ExecSpec.of(interpreter, program.path()), timeout, context);
                }
            }
        };
    }

    private static String language(ToolInput input) {
        return input.optionalString("language").orElse("python").toLowerCase(Locale.ROOT);
    }

    private static ExecResult run(ExecSpec spec, Duration timeout, ToolContext context) throws InterruptedException {
        return context.sandbox()
                .run(spec.in(context.directory()).withTimeout(timeout).withOutputLimit(ShownOutput.CAPTURE_BYTES));
    }

    /** The names of the languages that this sandbox can run. */
    private static List<String> available(ToolContext context) throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", LOOK, "sh"));
        RUNNERS.values().forEach(runner -> argv.add(runner.interpreter()));
        ExecSpec look = ExecSpec.of(argv.toArray(String[]::new));
        List<String> there = context.sandbox().run(look).stdout().text().lines().toList();
        return RUNNERS.entrySet().stream()
                .filter(language -> there.contains(language.getValue().interpreter()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private ToolOutcome unavailable(String language, List<String> available) {
        return ExecuteOutcome.failed(
                "this sandbox cannot run " + language + "; it can run " + String.join(", ", available),
                "LanguageError",
                ids.next());
    }
}
