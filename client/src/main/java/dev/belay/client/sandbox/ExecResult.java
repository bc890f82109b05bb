package dev.belay.client.sandbox;

import java.time.Duration;
import java.util.Optional;

/**
 * How a command ended.
 *
 * @param exitCode 124 after a timeout, 128 + n after signal n, 127 if it could not be started
 * @param output standard output and error in the order in which they were written; empty where they were streamed
 * @param truncated whether there was more output than that
 * @param status {@code exited}, or why it ended otherwise, for example {@code timed_out}
 * @param detail what more is to be said of its end
 */
public record ExecResult(
        String execId,
        int exitCode,
        String output,
        boolean truncated,
        String status,
        Duration duration,
        Optional<String> detail) {}
