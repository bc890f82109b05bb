package dev.belay.sandbox;

import dev.belay.api.ExecId;

/** Something that runs in a sandbox. */
public interface Exec {
    /** Interrupts, as Ctrl-C does. */
    int SIGINT = 2;

    ExecId id();

    /** Waits for the end. When it returns, no process of the exec is left. Interrupting the wait does not cancel the exec. */
    ExecResult await() throws InterruptedException;

    /** Asks for the end: TERM to the whole tree, KILL 100 ms later. Returns at once; idempotent. */
    void cancel();

    /**
     * Writes to the standard input of an exec that was started with it open, and waits until the program, or the pipe to it, has room. What
     * comes after the program's end, or its closing of its input, is dropped.
     *
     * @throws IllegalStateException if the input is not open
     */
    void write(byte[] bytes) throws InterruptedException;

    /** Ends the standard input; on a terminal, as Ctrl-D does. Idempotent. */
    void endInput() throws InterruptedException;

    /** Sends a signal to every process of the exec; nothing if it has ended. */
    void signal(int number);

    /** Changes the size of the terminal; nothing without one. */
    void resize(Terminal terminal);
}
