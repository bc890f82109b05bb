package dev.belay.sandbox;

import java.time.Duration;

/**
 * A stateful interpreter: a language process that keeps its variables, imports, functions and classes between cells. Cells run one after the
 * other in the order in which they were started. The process starts with the first cell, and again after one that ended it; then
 * {@link ExecResult#stateLost} says so. Safe for many threads.
 *
 * <p>A cell speaks for itself alone: its end is told over a private descriptor with a nonce that is new for each cell, so neither what it prints
 * nor a process that an earlier cell left can end or change the result of another cell. Code in the interpreter's own process shares its memory
 * and can tell the end of the running cell early; it gains what it gains by ending. What is printed between cells goes nowhere.
 */
public interface Interpreter extends AutoCloseable {
    /**
     * Code for the interpreter.
     *
     * @param timeout after which it is interrupted, as by Ctrl-C; the process is killed, and its state lost, if it does not end within 1 s of
     *     that
     * @param outputLimit as {@link ExecSpec#outputLimit}
     */
    record Cell(String code, Duration timeout, int outputLimit) {
        public Cell {
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("timeout is not positive: " + timeout);
            }
        }

        public static Cell of(String code) {
            return new Cell(code, ExecSpec.DEFAULT_TIMEOUT, ExecSpec.DEFAULT_OUTPUT_LIMIT);
        }

        public Cell withTimeout(Duration newTimeout) {
            return new Cell(code, newTimeout, outputLimit);
        }
    }

    Language language();

    /** Starts a cell. Its exec takes no input; cancelling it interrupts it as its timeout does. */
    Exec start(Cell cell, ExecOutput output);

    /** Starts a cell and waits for its end; interrupting the waiting thread cancels the cell. */
    default ExecResult run(Cell cell) throws InterruptedException {
        return Sandbox.awaitOrCancel(start(cell, ExecOutput.NONE));
    }

    /** Ends the process. A cell that runs is cancelled. Idempotent. */
    @Override
    void close();
}
