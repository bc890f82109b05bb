package dev.belay.sandbox;

import dev.belay.api.ExecId;

/** A command that runs in a sandbox. */
public interface Exec {
    ExecId id();

    /** Waits for the end. When it returns, no process of the exec is left. Interrupting the wait does not cancel the exec. */
    ExecResult await() throws InterruptedException;

    /** Asks for the end: TERM to the whole tree, KILL 100 ms later. Returns at once; idempotent. */
    void cancel();
}
