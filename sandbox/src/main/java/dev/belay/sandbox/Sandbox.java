package dev.belay.sandbox;

import dev.belay.api.SandboxId;

/** One running sandbox. Safe for many threads; execs run side by side. */
public interface Sandbox extends AutoCloseable {
    SandboxId id();

    /** What the walls of this sandbox really are, proven when it started. */
    Isolation isolation();

    /** The shell that is there: {@code /bin/bash}, or {@code /bin/sh} where there is none. */
    String shell();

    /**
     * Starts a command. Output is handed to {@code output} as it arrives, from a thread of the sandbox's own; a sink that blocks slows the
     * program, not the server.
     */
    Exec start(ExecSpec spec, ExecOutput output);

    /**
     * Starts a command and waits for its end. Interrupting the waiting thread cancels the exec; the interrupt is thrown on once no process
     * of it is left.
     */
    default ExecResult run(ExecSpec spec) throws InterruptedException {
        Exec exec = start(spec, ExecOutput.NONE);
        try {
            return exec.await();
        } catch (InterruptedException e) {
            exec.cancel();
            awaitEnd(exec);
            throw e;
        }
    }

    private static void awaitEnd(Exec cancelled) {
        while (true) {
            try {
                cancelled.await();
                return;
            } catch (InterruptedException _) {
                // The caller is told of the first interrupt; a second one asks for nothing more.
            }
        }
    }

    /** Whether its process 1 still answers, however full its memory is. Takes a moment where it does not. */
    boolean isAlive();

    /** What it uses now; {@link dev.belay.api.SandboxException} if it has ended. */
    SandboxUsage usage();

    /** The writable tree of the sandbox. */
    SandboxFiles files();

    /** Kills every process inside and takes the walls down. The files on disk stay; whoever owns the directory deletes them. Idempotent. */
    @Override
    void close();
}
