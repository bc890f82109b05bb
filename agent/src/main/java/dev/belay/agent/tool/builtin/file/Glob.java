package dev.belay.agent.tool.builtin.file;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.agent.tool.text.GlobPattern;
import dev.belay.api.FileException;
import dev.belay.api.JsonText;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileListing;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Finds files by their names. */
public final class Glob implements Tool {
    private static final String NONE = "No files match.";
    private static final int MAX_FOUND = 1000;
    private static final int MAX_LOOKED_AT = 100_000;
    private static final int MAX_DEPTH = 64;
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "pattern":{"type":"string","minLength":1,"maxLength":4096,"description":"For example **/*.java or src/{main,test}/*.[ch]"},
              "path":{"type":"string","minLength":1,"maxLength":4096,"description":"The directory to look in; the working directory if absent"}},
             "required":["pattern"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "Glob";
    }

    @Override
    public String description() {
        return """
                Finds files in the sandbox by a pattern over their paths beneath a directory, the last changed first, at most 1,000. \
                * and ? match within a name, ** any number of directories, [a-z] one character, {a,b} either. What is in .git is left out.""";
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
    public ToolOutcome call(ToolInput input, ToolContext context) {
        SandboxFiles files = context.sandbox().files();
        String path = context.resolve(input.optionalString("path").orElse("."));
        Search search = Search.of(files.stat(path).path(), input.string("pattern"));
        GlobPattern pattern;
        try {
            pattern = GlobPattern.compile(search.pattern);
        } catch (IllegalArgumentException e) {
            return ToolOutcome.error("pattern: " + e.getMessage());
        }
        FileListing listing;
        String root;
        try {
            root = files.stat(search.directory).path();
            listing = files.list(root, pattern.depth(MAX_DEPTH), MAX_LOOKED_AT);
        } catch (FileException e) {
            if (e.code().equals("file_not_found")) {
                return ToolOutcome.of(NONE);
            }
            throw e;
        }
        List<FileStat> found = listing.entries().stream()
                .filter(entry -> entry.kind() == Kind.FILE || entry.kind() == Kind.LINK)
                .filter(entry -> matches(pattern, entry.path().substring(root.length() + 1)))
                .sorted(Comparator.comparingLong(FileStat::modifiedMicros)
                        .reversed()
                        .thenComparing(FileStat::path))
                .toList();
        return ToolOutcome.of(shown(found, listing.complete(), context));
    }

    /** Where to list, and what to match the paths beneath with: names that lead a pattern are a directory to begin in. */
    private record Search(String directory, String pattern) {
        static Search of(String path, String pattern) {
            List<String> names = Arrays.asList(pattern.split("/+"));
            boolean absolute = pattern.startsWith("/");
            int literal = 0;
            while (literal < names.size() - 1 && isLiteral(names.get(literal))) {
                literal++;
            }
            String within = String.join("/", names.subList(0, literal));
            String directory = absolute ? "/" + within : within.isEmpty() ? path : path + "/" + within;
            return new Search(directory, String.join("/", names.subList(literal, names.size())));
        }

        private static boolean isLiteral(String name) {
            return name.chars().noneMatch(c -> "*?[{\\".indexOf(c) >= 0);
        }
    }

    private static boolean matches(GlobPattern pattern, String path) {
        return !("/" + path + "/").contains("/.git/") && pattern.matches(path);
    }

    private static String shown(List<FileStat> found, boolean complete, ToolContext context) {
        String list = found.stream()
                .limit(MAX_FOUND)
                .map(file -> context.shortened(file.path()))
                .collect(Collectors.joining("\n"));
        String text = found.isEmpty() ? NONE : list;
        if (found.size() > MAX_FOUND) {
            text += "\n[the last changed " + MAX_FOUND + " of " + found.size() + "; use a narrower pattern]";
        }
        return complete
                ? text
                : text + "\n[not all was looked at: there are more than " + MAX_LOOKED_AT
                        + " files and directories; name a path to look in]";
    }
}
