package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.agent.tool.builtin.exec.ExecEnding;
import dev.belay.agent.tool.text.GlobPattern;
import dev.belay.api.JsonText;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Searches in files, with the sandbox's own grep. */
public final class Grep implements Tool {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final int MAX_CAPTURED = 4 << 20;
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "pattern":{"type":"string","minLength":1,"maxLength":30000,"description":"Extended regular expression, as for grep -E"},
              "path":{"type":"string","minLength":1,"maxLength":4096,"description":"File or directory to search; the working directory if absent"},
              "glob":{"type":"string","minLength":1,"maxLength":4096,"description":"Only files like this: *.py by name, src/**/*.{ts,tsx} by path"},
              "output_mode":{"type":"string","enum":["content","files_with_matches","count"],"description":"Lines, files (if absent) or lines per file"},
              "-i":{"type":"boolean","description":"Ignore case"},
              "-n":{"type":"boolean","description":"Line numbers with content; true if absent"},
              "-A":{"type":"integer","minimum":0,"maximum":1000,"description":"Lines to show after each match"},
              "-B":{"type":"integer","minimum":0,"maximum":1000,"description":"Lines to show before each match"},
              "-C":{"type":"integer","minimum":0,"maximum":1000,"description":"Lines to show around each match"},
              "head_limit":{"type":"integer","minimum":1,"maximum":1000000,"description":"Show only so many lines of output"}},
             "required":["pattern"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "Grep";
    }

    @Override
    public String description() {
        return """
                Searches text files in the sandbox for lines that match an extended regular expression. Shows the files that have one, \
                or with output_mode the lines themselves (content, as file:number:line) or how many there are (count). \
                Binary files and .git are left out. Long output is cut: narrow the search, or set head_limit.""";
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    @Override
    public boolean readsOnly() {
        return true;
    }

    @Override
    public List<ToolSubject> subjects(ToolInput input) {
        return List.of(
                ToolSubject.of(name()).reading(input.optionalString("path").orElse(".")));
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException {
        Optional<GlobPattern> glob;
        try {
            glob = input.optionalString("glob").map(Grep::overPaths);
        } catch (IllegalArgumentException e) {
            return ToolOutcome.error("glob: " + e.getMessage());
        }
        if (input.string("pattern").indexOf('\0') >= 0) {
            return ToolOutcome.error("pattern: it holds a NUL character; only binary files do");
        }
        String root = context.resolve(input.optionalString("path").orElse("."));
        ExecResult result = context.sandbox()
                .run(ExecSpec.of(argv(input, root, glob).toArray(String[]::new))
                        .in(context.directory())
                        .withTimeout(TIMEOUT)
                        .withOutputLimit(MAX_CAPTURED));
        Optional<ExecEnding> ending = ExecEnding.of(result);
        if (ending.isPresent()) {
            return ToolOutcome.error("grep: " + ending.get().text() + " Name a narrower path or glob.");
        }
        String complaint = result.stderr().text().strip();
        if (result.exitCode().orElse(0) > 1 && result.stdout().totalBytes() == 0) {
            return ToolOutcome.error(complaint);
        }
        return GrepOutput.parse(result.stdout(), mode(input).equals("files_with_matches"))
                .only(row -> !(mode(input).equals("count") && row.text().equals("0"))
                        && glob.map(pattern -> matches(pattern, row.file(), root, context))
                                .orElse(true))
                .shown(
                        context,
                        !Boolean.FALSE.equals(input.values().get("-n")),
                        input.optionalLong("head_limit").orElse(Long.MAX_VALUE),
                        complaint);
    }

    private static String mode(ToolInput input) {
        return input.optionalString("output_mode").orElse("files_with_matches");
    }

    private static List<String> argv(ToolInput input, String root, Optional<GlobPattern> glob) {
        // -Z ends names with NUL, so that whatever is in a name or a line the two can be told apart.
        List<String> argv = new ArrayList<>(List.of("grep", "-rIEHZ", "--color=never", "--exclude-dir=.git"));
        if (input.flag("-i")) {
            argv.add("-i");
        }
        switch (mode(input)) {
            case "count" -> argv.add("-c");
            case "content" -> {
                argv.add("-n");
                for (String around : List.of("-C", "-A", "-B")) {
                    input.optionalLong(around).ifPresent(lines -> argv.addAll(List.of(around, String.valueOf(lines))));
                }
            }
            default -> argv.add("-l");
        }
        glob.stream().flatMap(pattern -> pattern.lastNames().stream()).forEach(name -> argv.add("--include=" + name));
        argv.addAll(List.of("-e", input.string("pattern"), "--", root));
        return argv;
    }

    /** A glob without a directory is one over names, wherever they are. */
    private static GlobPattern overPaths(String glob) {
        return GlobPattern.compile(glob.contains("/") ? glob : "**/" + glob);
    }

    /** Whether the glob matches the file as seen from the working directory, or from where the search began. */
    private static boolean matches(GlobPattern glob, String path, String root, ToolContext context) {
        return glob.matches(context.shortened(path))
                || (path.startsWith(root + "/") && glob.matches(path.substring(root.length() + 1)));
    }
}
