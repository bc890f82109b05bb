package dev.belay.sandbox;

import dev.belay.api.SandboxId;

/** One running sandbox. Safe for many threads; execs run side by side. */
public interface Sandbox extends AutoCloseable {
    SandboxId id();

    /** What the walls of this sandbox really are, proven when it started. */
    Isolation isolation();

    /**
     * Starts an exec. Output is handed to {@code output} as it arrives, from a thread of the sandbox's own; a sink that blocks slows the
     * program, not the server.
     */
    Exec start(ExecSpec spec, ExecOutput output);

    /**
     * Starts an exec and waits for its end. Interrupting the waiting thread cancels the exec; the interrupt is thrown on once no process
     * of it is left.
     */
    default ExecResult run(ExecSpec spec) throws InterruptedException {
        return awaitOrCancel(start(spec, ExecOutput.NONE));
    }

    /**
     * A stateful interpreter, not started yet. It lives until it is closed, at the latest as long as the sandbox.
     *
     * @param directory where its process starts, as {@link ExecSpec#directory}
     */
    Interpreter interpreter(Language language, String directory);

    /** Makes ready, in the background, what the first code in this language would otherwise wait for. */
    void prepare(Language language);

    /** Waits for the end. Interrupting the waiting thread cancels the exec; the interrupt is thrown on once the exec has ended. */
    static ExecResult awaitOrCancel(Exec exec) throws InterruptedException {
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

    /** Whether its provider still holds it, as far as that is known without asking inside; takes no time. */
    boolean isHeld();

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
