package dev.belay.client.sandbox;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A command line to run.
 *
 * @param line for bash
 * @param env added to, or replacing, the sandbox's own
 * @param directory working directory, absolute or relative to {@code /workspace}; {@code /workspace} if absent
 * @param timeout after which it is ended
 */
public record Command(String line, Map<String, String> env, Optional<String> directory, Duration timeout) {
    private static final Duration STANDARD = Duration.ofMinutes(5);

    public Command {
        env = Map.copyOf(env);
    }

    /** A command line for bash, for at most five minutes. */
    public static Command shell(String line) {
        return new Command(line, Map.of(), Optional.empty(), STANDARD);
    }

    /** A program with its arguments, none of which the shell looks at. */
    public static Command of(String... argv) {
        return shell(Arrays.stream(argv)
                .map(argument -> "'" + argument.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" ")));
    }

    public Command withEnv(Map<String, String> newEnv) {
        return new Command(line, newEnv, directory, timeout);
    }

    public Command in(String newDirectory) {
        return new Command(line, env, Optional.of(newDirectory), timeout);
    }

    public Command withTimeout(Duration newTimeout) {
        return new Command(line, env, directory, newTimeout);
    }
}
