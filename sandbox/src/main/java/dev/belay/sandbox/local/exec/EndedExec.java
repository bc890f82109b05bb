package dev.belay.sandbox.local.exec;

import dev.belay.api.ExecId;
import dev.belay.sandbox.CapturedOutput;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.Terminal;
import java.time.Duration;
import java.util.OptionalInt;

/** An exec that never ran. */
record EndedExec(ExecId id, ExecResult result) implements Exec {
    static EndedExec of(ExecId id, ExecResult.Status status, String detail) {
        return new EndedExec(
                id,
                new ExecResult(
                        id,
                        status,
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        CapturedOutput.EMPTY,
                        CapturedOutput.EMPTY,
                        Duration.ZERO,
                        detail,
                        false));
    }

    @Override
    public ExecResult await() {
        return result;
    }

    @Override
    public void cancel() {}

    @Override
    public void write(byte[] bytes) {}

    @Override
    public void endInput() {}

    @Override
    public void signal(int number) {}

    @Override
    public void resize(Terminal terminal) {}
}
