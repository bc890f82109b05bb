package dev.belay.api.event;

import dev.belay.api.ExecId;
import java.util.OptionalInt;

/** What was run in a sandbox: start, end and counts, not the output. */
public sealed interface ExecEvent extends EventBody {
    /** @param command the command line as a person would type it, cut at 4 KiB */
    record Started(ExecId exec, String command, String directory) implements ExecEvent {}

    /** @param status the exec's status word, for example {@code exited} or {@code timed_out} */
    record Ended(
            ExecId exec, String status, OptionalInt exitCode, long stdoutBytes, long stderrBytes, long durationMillis)
            implements ExecEvent {}
}
