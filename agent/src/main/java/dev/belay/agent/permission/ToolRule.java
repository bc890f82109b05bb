package dev.belay.agent.permission;

import dev.belay.agent.tool.Toolbox;
import dev.belay.api.InvalidRequestException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of a list of rules: {@code Tool}, or {@code Tool(pattern)} for shell and file tools (contract: Cloud Agent 1.3). The tools of a
 * server are named {@code mcp__server} or {@code mcp__server__*}.
 */
final class ToolRule {
    private static final int LONGEST = 2_000;
    private static final Pattern FORM = Pattern.compile("([A-Za-z][A-Za-z0-9_.-]*\\*?)(?:\\((.*)\\))?", Pattern.DOTALL);
    private static final Set<String> SHELL_TOOLS = Set.of("Bash", "mcp__sandbox__execute_shell");
    private static final Set<String> FILE_TOOLS = Set.of("Read", "Edit", "Write", "MultiEdit", "Glob", "Grep");

    private final String text;
    private final String tool;
    private final Optional<CommandPattern> command;
    private final Optional<PathPattern> path;

    private ToolRule(String text, String tool, Optional<CommandPattern> command, Optional<PathPattern> path) {
        this.text = text;
        this.tool = tool;
        this.command = command;
        this.path = path;
    }

    /**
     * Reads a rule.
     *
     * @param field the list it stands in, for the error
     * @throws InvalidRequestException for that field if it is none, with what is wrong
     */
    static ToolRule parse(String field, String text) {
        Matcher form = FORM.matcher(text);
        if (text.length() > LONGEST || !form.matches()) {
            throw wrong(
                    field,
                    text,
                    "is no rule; a rule is the name of a tool, or Tool(pattern), as Bash(git log *), of at most "
                            + LONGEST + " characters");
        }
        String tool = form.group(1);
        if (tool.endsWith("*") && !tool.startsWith("mcp__")) {
            throw wrong(
                    field, text, "has a * in the name of a tool; only names that begin with mcp__ may end with one");
        }
        String pattern = form.group(2);
        if (pattern == null || pattern.equals("*")) {
            return new ToolRule(text, tool, Optional.empty(), Optional.empty());
        }
        if (pattern.isBlank() || pattern.equals("/")) {
            throw wrong(field, text, "has an empty pattern; leave out the brackets to speak of every call");
        }
        if (SHELL_TOOLS.contains(tool)) {
            return new ToolRule(text, tool, Optional.of(new CommandPattern(pattern.strip())), Optional.empty());
        }
        if (FILE_TOOLS.contains(tool)) {
            try {
                return new ToolRule(text, tool, Optional.empty(), Optional.of(new PathPattern(pattern.strip())));
            } catch (IllegalArgumentException e) {
                throw wrong(field, text, "has a pattern that cannot be used: " + e.getMessage());
            }
        }
        throw wrong(
                field,
                text,
                "has a pattern, and calls of " + tool + " have nothing to compare it with; patterns are for "
                        + String.join(", ", SHELL_TOOLS.stream().sorted().toList()) + ", "
                        + String.join(", ", FILE_TOOLS.stream().sorted().toList()));
    }

    private static InvalidRequestException wrong(String field, String rule, String what) {
        String shown = rule.length() > 100 ? rule.substring(0, 100) + "…" : rule;
        return new InvalidRequestException(field, field + ": \"" + shown + "\" " + what);
    }

    /** As it was written. */
    String text() {
        return text;
    }

    /** The tool's name, or the beginning of the names of a server's tools. */
    String tool() {
        return tool;
    }

    boolean hasPattern() {
        return command.isPresent() || path.isPresent();
    }

    /** Whether it speaks of the tool of that name. */
    boolean names(String name) {
        return Toolbox.names(tool, name);
    }

    /** Whether it speaks of this, or of a part of it, or may: what cannot be seen through counts. For rules that ask and refuse. */
    boolean touches(RuledSubject subject) {
        if (subject.names().stream().noneMatch(this::names)) {
            return false;
        }
        if (command.isPresent()) {
            return subject.command()
                    .filter(shell -> !shell.readable() || shell.parts().stream().anyMatch(command.get()::matches))
                    .isPresent();
        }
        return path.isEmpty()
                || subject.paths().stream().anyMatch(one -> path.get().matches(one, subject.directory(), true));
    }

    /** Whether it speaks of this and all that it does. For rules that allow. */
    boolean covers(RuledSubject subject) {
        if (subject.names().stream().noneMatch(this::names)) {
            return false;
        }
        if (command.isPresent()) {
            return subject.command()
                    .flatMap(ShellCommand::alone)
                    .filter(command.get()::matches)
                    .isPresent();
        }
        return path.isEmpty()
                || (subject.pathIsCertain()
                        && subject.paths().stream()
                                .allMatch(one -> path.get().matches(one, subject.directory(), false)));
    }
}
