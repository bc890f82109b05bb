package dev.belay.sandbox;

import dev.belay.sandbox.tool.ToolCalls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to run, and how.
 *
 * @param env added to (or replacing) the sandbox's own {@code HOME LANG PATH}
 * @param directory working directory inside, absolute or relative to {@code /workspace}
 * @param stdin what the program reads
 * @param stdinOpen whether more is to come by {@link Exec#write}; if not, and {@code stdin} is empty, it reads {@code /dev/null}
 * @param timeout after which the tree gets TERM, and KILL 2 s later
 * @param outputLimit bytes of stdout, and as many of stderr, that are kept; the rest is counted and the cut is marked
 * @param terminal what it runs on; absent for pipes
 * @param tools what the program may call outside, by its descriptor 3; see {@link ToolCalls}
 */
public record ExecSpec(
        Program program,
        Map<String, String> env,
        String directory,
        byte[] stdin,
        boolean stdinOpen,
        Duration timeout,
        int outputLimit,
        Optional<Terminal> terminal,
        Optional<ToolCalls> tools) {
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(2);
    public static final int DEFAULT_OUTPUT_LIMIT = 1 << 20;
    public static final int MAX_OUTPUT_LIMIT = 16 << 20;

    public ExecSpec {
        env = Map.copyOf(env);
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout is not positive: " + timeout);
        }
        if (outputLimit < 1024 || outputLimit > MAX_OUTPUT_LIMIT) {
            throw new IllegalArgumentException(
                    "output limit is not between 1024 and " + MAX_OUTPUT_LIMIT + ": " + outputLimit);
        }
    }

    /** A program on pipes, without tools. */
    public ExecSpec(
            List<String> argv,
            Map<String, String> env,
            String directory,
            byte[] stdin,
            Duration timeout,
            int outputLimit) {
        this(
                new Program.Command(argv),
                env,
                directory,
                stdin,
                false,
                timeout,
                outputLimit,
                Optional.empty(),
                Optional.empty());
    }

    /** A program with its arguments, run in {@code /workspace} with the default limits. */
    public static ExecSpec of(String... argv) {
        return of(new Program.Command(List.of(argv)));
    }

    /** Code for an interpreter, run in {@code /workspace} with the default limits. */
    public static ExecSpec code(Language language, String text) {
        return of(new Program.Code(language, text));
    }

    /** A command line for {@code /bin/bash}, or {@code /bin/sh} where there is no bash. */
    public static ExecSpec shell(String line) {
        return shell("", line);
    }

    /** The same after a setup that is not shown where the command is. */
    public static ExecSpec shell(String setup, String line) {
        return of(new Program.Code(Language.SHELL, setup, line));
    }

    private static ExecSpec of(Program program) {
        return new ExecSpec(
                program,
                Map.of(),
                "/workspace",
                new byte[0],
                false,
                DEFAULT_TIMEOUT,
                DEFAULT_OUTPUT_LIMIT,
                Optional.empty(),
                Optional.empty());
    }

    public ExecSpec in(String newDirectory) {
        return new ExecSpec(program, env, newDirectory, stdin, stdinOpen, timeout, outputLimit, terminal, tools);
    }

    public ExecSpec withEnv(Map<String, String> newEnv) {
        return new ExecSpec(program, newEnv, directory, stdin, stdinOpen, timeout, outputLimit, terminal, tools);
    }

    public ExecSpec withTimeout(Duration newTimeout) {
        return new ExecSpec(program, env, directory, stdin, stdinOpen, newTimeout, outputLimit, terminal, tools);
    }

    public ExecSpec withStdin(byte[] newStdin) {
        return new ExecSpec(program, env, directory, newStdin, stdinOpen, timeout, outputLimit, terminal, tools);
    }

    public ExecSpec withOpenStdin() {
        return new ExecSpec(program, env, directory, stdin, true, timeout, outputLimit, terminal, tools);
    }

    public ExecSpec withOutputLimit(int newLimit) {
        return new ExecSpec(program, env, directory, stdin, stdinOpen, timeout, newLimit, terminal, tools);
    }

    /** On a terminal, whose input stays open. */
    public ExecSpec on(Terminal newTerminal) {
        return new ExecSpec(
                program, env, directory, stdin, true, timeout, outputLimit, Optional.of(newTerminal), tools);
    }

    public ExecSpec withTools(ToolCalls newTools) {
        return new ExecSpec(
                program, env, directory, stdin, stdinOpen, timeout, outputLimit, terminal, Optional.of(newTools));
    }
}
