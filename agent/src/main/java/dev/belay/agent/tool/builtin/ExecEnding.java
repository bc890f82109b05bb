package dev.belay.agent.tool.builtin;

import dev.belay.sandbox.ExecResult;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How an exec ended, if not by itself.
 *
 * @param text a sentence that a model can act on
 * @param type one word for programs, in the style of the contract's {@code TimeoutError}
 */
record ExecEnding(String text, String type) {
    private static final Map<Integer, String> SIGNALS = Map.ofEntries(
            Map.entry(1, "SIGHUP"),
            Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"),
            Map.entry(4, "SIGILL"),
            Map.entry(5, "SIGTRAP"),
            Map.entry(6, "SIGABRT"),
            Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"),
            Map.entry(9, "SIGKILL"),
            Map.entry(11, "SIGSEGV"),
            Map.entry(13, "SIGPIPE"),
            Map.entry(15, "SIGTERM"),
            Map.entry(31, "SIGSYS"));

    /** Empty if the program exited by itself, with whatever code. */
    static Optional<ExecEnding> of(ExecResult result, Duration timeout) {
        Optional<ExecEnding> ending = switch (result.status()) {
            case EXITED -> Optional.empty();
            case SIGNALED -> ending("killed by signal " + signal(result), "SignalError");
            case TIMED_OUT ->
                ending("timed out after " + words(timeout) + "; all that it started was killed", "TimeoutError");
            case CANCELLED -> ending("cancelled; all that it started was killed", "CancelledError");
            case OUT_OF_MEMORY -> ending("killed because the sandbox ran out of memory", "OutOfMemoryError");
            case FILE_TOO_LARGE ->
                ending("killed because a file grew past the size that is allowed", "FileTooLargeError");
            case NOT_STARTED -> ending("could not be started", "StartError");
            case SANDBOX_DIED -> ending("the sandbox ended while it ran", "SandboxError");
        };
        return result.detail().isEmpty() ? ending : ending.map(known -> known.with(result.detail()));
    }

    private static Optional<ExecEnding> ending(String text, String type) {
        return Optional.of(new ExecEnding(text, type));
    }

    private ExecEnding with(String detail) {
        return new ExecEnding(text + ": " + detail, type);
    }

    private static String signal(ExecResult result) {
        int number = result.signal().orElse(0);
        return number + (SIGNALS.containsKey(number) ? " (" + SIGNALS.get(number) + ")" : "");
    }

    private static String words(Duration timeout) {
        return timeout.toMillis() % 1000 == 0 ? timeout.toSeconds() + " s" : timeout.toMillis() + " ms";
    }
}
