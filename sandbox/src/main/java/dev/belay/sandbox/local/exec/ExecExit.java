package dev.belay.sandbox.local.exec;

import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Program;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.local.wire.Frame;
import java.io.IOException;
import java.util.List;

/**
 * How the helper says that an exec ended.
 *
 * @param value exit code, signal or errno, as {@code how} says
 * @param stage of the start at which it failed
 * @param memoryKills how many processes of the sandbox the kernel killed for memory while it ran
 */
record ExecExit(int how, int value, int stage, int cause, int memoryKills, String text) {
    static final int EXITED = 0;
    static final int SIGNALED = 1;
    private static final int NOT_STARTED = 2;

    private static final int BY_TIMEOUT = 1;
    private static final int BY_CANCEL = 2;

    private static final int SIGXFSZ = 25;
    private static final int SHELL_SIGNAL = 128;

    private static final int STAGE_DIRECTORY = 1;
    private static final int STAGE_PROGRAM = 2;
    private static final int STAGE_WORKER = 5;

    static ExecExit read(Frame frame) throws IOException {
        return new ExecExit(frame.u8(), frame.u32(), frame.u8(), frame.u8(), frame.u32(), frame.text());
    }

    /** Whether it did not start because no language worker could fork it. */
    boolean lacksWorker() {
        return how == NOT_STARTED && stage == STAGE_WORKER;
    }

    Status status() {
        if (how == NOT_STARTED) {
            return Status.NOT_STARTED;
        }
        if (cause == BY_TIMEOUT) {
            return Status.TIMED_OUT;
        }
        if (cause == BY_CANCEL) {
            return Status.CANCELLED;
        }
        // The kernel picks which process it kills; a shell then passes the failure on in its own way.
        if (memoryKills > 0 && !(how == EXITED && value == 0)) {
            return Status.OUT_OF_MEMORY;
        }
        if (value == (how == SIGNALED ? SIGXFSZ : SHELL_SIGNAL + SIGXFSZ)) {
            return Status.FILE_TOO_LARGE;
        }
        return how == EXITED ? Status.EXITED : Status.SIGNALED;
    }

    /** A sentence for a person where the status alone does not say enough. */
    String detail(Status status, ExecSpec spec, SandboxLimits limits) {
        return switch (status) {
            case NOT_STARTED -> notStarted(spec);
            case TIMED_OUT -> "It did not end within " + spec.timeout().toMillis() + " ms.";
            case OUT_OF_MEMORY ->
                "The sandbox reached its memory limit of " + limits.memoryBytes()
                        + " bytes and the kernel killed a process.";
            case FILE_TOO_LARGE -> "A file would have grown past the limit of " + limits.fileBytes() + " bytes.";
            case EXITED, SIGNALED, CANCELLED, DISK_FULL, SANDBOX_DIED -> "";
        };
    }

    private String notStarted(ExecSpec spec) {
        return switch (stage) {
            case STAGE_DIRECTORY -> "The working directory " + spec.directory() + " cannot be entered: " + text + ".";
            case STAGE_PROGRAM -> program(spec.program()) + " cannot be run: " + text + ".";
            default -> "The sandbox cannot start another process: " + text + ".";
        };
    }

    private static String program(Program program) {
        return switch (program) {
            case Program.Command(List<String> argv) -> argv.getFirst();
            case Program.Code code -> "The interpreter for " + code.language().word();
        };
    }
}
