package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.JsonText;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Runs a program that the model wrote, in a process of its own, and answers with a JSON object. */
public final class ExecuteCode implements Tool {
    private static final String NAME = "mcp__sandbox__execute_code";
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "code":{"type":"string","description":"The whole program"},
              "language":{"type":"string","description":"python if absent; javascript, bash, sh, ruby or perl where the sandbox has them"},
              "timeout":{"type":"integer","minimum":1,"maximum":600,"description":"Seconds after which it is killed; 30 if absent"}},
             "required":["code"],"additionalProperties":false}""");

    private static final Map<String, Language> LANGUAGES = new LinkedHashMap<>();

    static {
        Language javascript = new Language("main.js", "node", "nodejs");
        LANGUAGES.put("python", new Language("main.py", "/usr/bin/python3", "python3"));
        LANGUAGES.put("javascript", javascript);
        LANGUAGES.put("node", javascript);
        LANGUAGES.put("bash", new Language("main.sh", "bash"));
        LANGUAGES.put("sh", new Language("main.sh", "sh"));
        LANGUAGES.put("ruby", new Language("main.rb", "ruby"));
        LANGUAGES.put("perl", new Language("main.pl", "perl"));
    }

    /** Runs the file with the first interpreter that is there; says nothing and exits 127 if none is. */
    private static final String LAUNCH = """
            file=$1; shift
            for interpreter; do command -v "$interpreter" >/dev/null 2>&1 && exec "$interpreter" "$file"; done
            exit 127""";
    /** Prints which of the interpreters are there. */
    private static final String LOOK = """
            for interpreter; do command -v "$interpreter" >/dev/null 2>&1 && echo "$interpreter"; done; exit 0""";

    private final IdSource ids;

    /** @param ids names what a call leaves in {@code /tmp} while it runs, and executions that could not begin */
    public ExecuteCode(IdSource ids) {
        this.ids = ids;
    }

    private record Language(String file, List<String> interpreters) {
        Language(String file, String... interpreters) {
            this(file, List.of(interpreters));
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return """
                Runs a program in the sandbox, Python 3 unless another language is named, and returns one JSON object: status (success or error), \
                stdout, stderr, exit_code, execution_id and duration_ms; if it could not run to its end, error and error_type say why. \
                The program starts in the working directory with nothing on its standard input; print what you want to see. \
                Each call is a new process: keep what a later call needs in files.""";
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
    public ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException {
        try {
            return run(input, context);
        } catch (BelayException e) {
            return ExecuteOutcome.failed(e, ids.next());
        }
    }

    private ToolOutcome run(ToolInput input, ToolContext context) throws InterruptedException {
        String name = input.optionalString("language").orElse("python").toLowerCase(Locale.ROOT);
        Optional<Language> language = Optional.ofNullable(LANGUAGES.get(name));
        if (language.isEmpty()) {
            return unavailable(name, available(context));
        }
        Duration timeout = Duration.ofSeconds(input.optionalLong("timeout").orElse(30));
        ExecResult result = run(language.get(), input.string("code"), timeout, context);
        if (result.exitCode().orElse(0) == 127
                && result.stdout().totalBytes() + result.stderr().totalBytes() == 0) {
            List<String> available = available(context);
            if (!available.contains(name)) {
                return unavailable(name, available);
            }
        }
        return ExecuteOutcome.of(result);
    }

    private ExecResult run(Language language, String code, Duration timeout, ToolContext context)
            throws InterruptedException {
        byte[] bytes = code.getBytes(StandardCharsets.UTF_8);
        try (Scratch program = new Scratch(context, ids, language.file(), bytes)) {
            List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", LAUNCH, "sh", program.path()));
            argv.addAll(language.interpreters());
            // Python finds modules beside the program, which is alone, and then where it works. Unbuffered, so that
            // what was printed before
            // a time-out is seen.
            Map<String, String> env = Map.of("PYTHONPATH", context.directory(), "PYTHONUNBUFFERED", "1");
            return context.sandbox()
                    .run(new ExecSpec(argv, env, context.directory(), new byte[0], timeout, ShownOutput.CAPTURE_BYTES));
        }
    }

    /** The names of the languages that this sandbox can run. */
    private static List<String> available(ToolContext context) throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", LOOK, "sh"));
        LANGUAGES.values().forEach(language -> argv.addAll(language.interpreters()));
        ExecSpec look = ExecSpec.of(argv.toArray(String[]::new));
        List<String> there = context.sandbox().run(look).stdout().text().lines().toList();
        return LANGUAGES.entrySet().stream()
                .filter(language -> language.getValue().interpreters().stream().anyMatch(there::contains))
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
