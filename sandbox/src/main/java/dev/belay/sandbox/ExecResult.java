package dev.belay.sandbox;

import dev.belay.api.ExecId;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * How an exec ended.
 *
 * @param exitCode present if the program exited by itself
 * @param signal present if a signal ended it
 * @param detail a sentence for a person where the status alone does not say enough, else empty
 * @param stateLost whether what earlier cells of a stateful interpreter defined is gone and was not told to be gone before: by this cell, or
 *     since the one before it; false for other execs
 */
public record ExecResult(
        ExecId id,
        Status status,
        OptionalInt exitCode,
        OptionalInt signal,
        CapturedOutput stdout,
        CapturedOutput stderr,
        Duration duration,
        String detail,
        boolean stateLost) {
    /** Why it ended. */
    public enum Status {
        EXITED,
        SIGNALED,
        TIMED_OUT,
        CANCELLED,
        /** The kernel killed it, or a process of it, for memory. */
        OUT_OF_MEMORY,
        /** It tried to grow a file past the limit. */
        FILE_TOO_LARGE,
        /** All files of the sandbox together took more than its limit. */
        DISK_FULL,
        /** The program could not be started: not found, not executable, no such directory. */
        NOT_STARTED,
        /** The sandbox died under it. */
        SANDBOX_DIED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The same with another reason for its end. */
    public ExecResult endedAs(Status otherStatus, String otherDetail) {
        return new ExecResult(id, otherStatus, exitCode, signal, stdout, stderr, duration, otherDetail, stateLost);
    }

    /** Whether the program ran to its end and said 0. */
    public boolean succeeded() {
        return status == Status.EXITED && exitCode.orElse(-1) == 0;
    }
}
