package dev.belay.agent.permission;

import dev.belay.agent.permission.ShellScanner.Word;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A shell command as rules see it. Two questions have two answers, each on the safe side: what it is if it is nothing else ({@link #alone}),
 * which is what a rule may allow, and all that it might run ({@link #parts}), any of which a rule may refuse. What is computed while it runs
 * (variables, decoded text, programs in other languages) no rule can see; the sandbox is the wall, rules are not.
 */
final class ShellCommand {
    private static final int LONGEST = 1 << 20;
    private static final int MOST_WORDS = 200;
    private static final int LONGEST_WITH_RUNNER = 1 << 14;
    private static final int MOST_PARTS = 10_000;
    private static final int DEEPEST = 4;

    /** What a shell takes as its own where a command can begin; a command follows it. */
    private static final Set<String> LEADING =
            Set.of("!", "{", "if", "then", "else", "elif", "while", "until", "do", "time", "coproc", "function");

    /** What a shell takes as its own, and no command follows. */
    private static final Set<String> RESERVED =
            Set.of("for", "select", "case", "esac", "fi", "done", "in", "}", "[[", "]]");

    /** Programs and builtins that run what their arguments or their input say. */
    private static final Set<String> RUNNERS = Set.of(
            "bash",
            "sh",
            "dash",
            "zsh",
            "ksh",
            "ash",
            "fish",
            "rbash",
            "busybox",
            "toybox",
            "eval",
            "source",
            ".",
            "exec",
            "command",
            "builtin",
            "env",
            "sudo",
            "doas",
            "su",
            "runuser",
            "nohup",
            "nice",
            "ionice",
            "chrt",
            "taskset",
            "timeout",
            "setsid",
            "stdbuf",
            "unbuffer",
            "xargs",
            "parallel",
            "watch",
            "strace",
            "ltrace",
            "flock",
            "script",
            "chroot",
            "unshare",
            "nsenter",
            "setpriv",
            "capsh",
            "ssh",
            "entr",
            "trap",
            "bwrap",
            "chpst",
            "prlimit",
            "systemd-run",
            "start-stop-daemon");

    /** Programs that run something else only if told to, and what tells them. */
    private static final Set<String> SEARCHES = Set.of("find", "fd", "fdfind");

    private static final Set<String> RUNS_WHAT_IT_FINDS =
            Set.of("-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch");

    private static final Pattern ASSIGNMENT =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\[[^]]*])?\\+?=.*", Pattern.DOTALL);
    private static final Pattern MORE_THAN_A_WORD = Pattern.compile("[\\s;&|()<>$`\"'\\\\]");

    private final Optional<String> alone;
    private final Set<String> parts = new LinkedHashSet<>();
    private boolean readable;

    ShellCommand(String command) {
        String trimmed = trimmed(command);
        readable = trimmed.length() <= LONGEST;
        if (!readable) {
            alone = Optional.empty();
            return;
        }
        ShellScanner scanner = new ShellScanner(trimmed).scan();
        alone = scanner.plain() && isPlain(scanner.commands().getFirst()) ? Optional.of(trimmed) : Optional.empty();
        parts.add(trimmed);
        collect(scanner, 0);
    }

    /** The command as it was written, if it is one program with its arguments and nothing else. */
    Optional<String> alone() {
        return alone;
    }

    /** Every command that it might run, as words with single spaces between them, quotes removed; and the whole as it was written. */
    Set<String> parts() {
        return parts;
    }

    /** Whether {@link #parts} are all that can be seen: false if it does not say which program it runs, or cannot be taken apart. */
    boolean readable() {
        return readable;
    }

    private static String trimmed(String command) {
        int from = 0;
        int to = command.length();
        while (from < to && " \t\n".indexOf(command.charAt(from)) >= 0) {
            from++;
        }
        // A blank at the end may be escaped.
        while (to > from
                && " \t\n".indexOf(command.charAt(to - 1)) >= 0
                && (to < 2 || command.charAt(to - 2) != '\\')) {
            to--;
        }
        return command.substring(from, to);
    }

    private static boolean isPlain(List<Word> words) {
        Word program = words.getFirst();
        return program.literal()
                && !program.text().isEmpty()
                && !ASSIGNMENT.matcher(program.text()).matches()
                && !LEADING.contains(program.text())
                && !RESERVED.contains(program.text());
    }

    private void collect(ShellScanner scanner, int depth) {
        readable &= scanner.understood();
        boolean runner = false;
        for (List<Word> command : scanner.commands()) {
            runner |= add(command);
        }
        if (!runner) {
            return;
        }
        // Which of the words are a program's name nobody knows now: each might be, and each text might be a script.
        List<String> texts = new ArrayList<>(scanner.texts());
        int length = 0;
        for (List<Word> command : scanner.commands()) {
            for (int from = 0; from < command.size() && from < MOST_WORDS; from++) {
                addPart(command.subList(from, command.size()));
            }
            length +=
                    command.stream().mapToInt(word -> word.text().length() + 1).sum();
            readable &= command.size() <= MOST_WORDS && length <= LONGEST_WITH_RUNNER;
            command.stream()
                    .map(Word::text)
                    .filter(text -> MORE_THAN_A_WORD.matcher(text).find())
                    .forEach(texts::add);
        }
        for (String text : texts) {
            if (depth == DEEPEST) {
                readable = false;
            } else {
                collect(new ShellScanner(text).scan(), depth + 1);
            }
        }
    }

    /** True if the command runs what its words or its input say. */
    private boolean add(List<Word> words) {
        int from = 0;
        while (from < words.size() && isBefore(words.get(from).text())) {
            // The word after "function" is its name.
            from += words.get(from).text().equals("function") ? 2 : 1;
        }
        if (from >= words.size()) {
            return false;
        }
        List<Word> command = words.subList(from, words.size());
        addPart(command);
        Word program = command.getFirst();
        boolean runner = isRunner(command);
        readable &= program.literal() && (!runner || command.stream().allMatch(Word::literal));
        return runner;
    }

    private static boolean isBefore(String word) {
        return LEADING.contains(word) || ASSIGNMENT.matcher(word).matches();
    }

    private static boolean isRunner(List<Word> command) {
        String program = command.getFirst().text();
        String name = program.substring(program.lastIndexOf('/') + 1);
        return RUNNERS.contains(name)
                || (SEARCHES.contains(name) && command.stream().map(Word::text).anyMatch(RUNS_WHAT_IT_FINDS::contains));
    }

    private void addPart(List<Word> words) {
        if (parts.size() >= MOST_PARTS) {
            readable = false;
            return;
        }
        String text = words.stream().map(Word::text).collect(Collectors.joining(" "));
        parts.add(text);
        String program = words.getFirst().text();
        if (program.contains("/")) {
            // The same program, wherever it lies.
            parts.add(text.substring(program.lastIndexOf('/') + 1));
        }
    }
}
