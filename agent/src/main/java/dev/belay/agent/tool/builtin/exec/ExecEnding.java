package dev.belay.agent.tool.builtin.exec;

import dev.belay.sandbox.ExecResult;
import java.util.Map;
import java.util.Optional;

/**
 * How an exec ended, if not by itself.
 *
 * @param text one or two sentences that a model can act on
 * @param type one word for programs, in the style of the contract's {@code TimeoutError}
 */
public record ExecEnding(String text, String type) {
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
    public static Optional<ExecEnding> of(ExecResult result) {
        return switch (result.status()) {
            case EXITED -> Optional.empty();
            case SIGNALED -> ending("SignalError", "Killed by signal " + signal(result) + ".", result);
            case TIMED_OUT -> ending("TimeoutError", "Timed out.", result);
            case CANCELLED -> ending("CancelledError", "Cancelled.", result);
            case OUT_OF_MEMORY -> ending("OutOfMemoryError", "Out of memory.", result);
            case FILE_TOO_LARGE -> ending("FileTooLargeError", "Killed for writing too large a file.", result);
            case DISK_FULL -> ending("DiskFullError", "Killed for taking too much of the disk.", result);
            case NOT_STARTED -> ending("StartError", "It could not be started.", result);
            case SANDBOX_DIED -> ending("SandboxError", "The sandbox ended while it ran.", result);
        };
    }

    private static Optional<ExecEnding> ending(String type, String text, ExecResult result) {
        return Optional.of(new ExecEnding((text + " " + result.detail()).strip(), type));
    }

    private static String signal(ExecResult result) {
        int number = result.signal().orElse(0);
        return number + (SIGNALS.containsKey(number) ? " (" + SIGNALS.get(number) + ")" : "");
    }
}
