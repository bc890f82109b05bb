package dev.belay.sandbox;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A command to run.
 *
 * @param argv program and arguments; the program is looked up on the sandbox's PATH if it has no slash
 * @param env added to (or replacing) the sandbox's own {@code HOME LANG PATH}
 * @param directory working directory inside, absolute or relative to {@code /workspace}
 * @param stdin what the program reads; empty for {@code /dev/null}
 * @param timeout after which the tree gets TERM, and KILL 2 s later
 * @param outputLimit bytes of stdout, and as many of stderr, that are kept; the rest is counted and the cut is marked
 */
public record ExecSpec(
        List<String> argv, Map<String, String> env, String directory, byte[] stdin, Duration timeout, int outputLimit) {
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(2);
    public static final int DEFAULT_OUTPUT_LIMIT = 1 << 20;
    public static final int MAX_OUTPUT_LIMIT = 16 << 20;

    public ExecSpec {
        argv = List.copyOf(argv);
        env = Map.copyOf(env);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("argv is empty");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout is not positive: " + timeout);
        }
        if (outputLimit < 1024 || outputLimit > MAX_OUTPUT_LIMIT) {
            throw new IllegalArgumentException(
                    "output limit is not between 1024 and " + MAX_OUTPUT_LIMIT + ": " + outputLimit);
        }
    }

    /** A program with its arguments, run in {@code /workspace} with the default limits. */
    public static ExecSpec of(String... argv) {
        return new ExecSpec(List.of(argv), Map.of(), "/workspace", new byte[0], DEFAULT_TIMEOUT, DEFAULT_OUTPUT_LIMIT);
    }

    /** A command line for {@code /bin/bash}, or {@code /bin/sh} where there is no bash; who has the sandbox asks it for {@link Sandbox#shell}. */
    public static ExecSpec shell(String line) {
        return of("/bin/sh", "-c", "[ -x /bin/bash ] && exec /bin/bash -c \"$0\"; exec /bin/sh -c \"$0\"", line);
    }

    public ExecSpec in(String newDirectory) {
        return new ExecSpec(argv, env, newDirectory, stdin, timeout, outputLimit);
    }

    public ExecSpec withTimeout(Duration newTimeout) {
        return new ExecSpec(argv, env, directory, stdin, newTimeout, outputLimit);
    }

    public ExecSpec withStdin(byte[] newStdin) {
        return new ExecSpec(argv, env, directory, newStdin, timeout, outputLimit);
    }

    public ExecSpec withOutputLimit(int newLimit) {
        return new ExecSpec(argv, env, directory, stdin, timeout, newLimit);
    }
}
