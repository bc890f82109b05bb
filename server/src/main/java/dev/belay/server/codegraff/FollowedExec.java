package dev.belay.server.codegraff;

import dev.belay.api.BelayException;
import dev.belay.api.SandboxException;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecResult;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An exec that is followed to its end by a thread of its own, so that waiting for it can have a bound. */
public final class FollowedExec {
    private final Exec exec;
    private final Runnable onEnd;
    private final CompletableFuture<ExecResult> end = new CompletableFuture<>();

    public FollowedExec(Exec exec) {
        this(exec, () -> {});
    }

    /** @param onEnd called when it has ended */
    FollowedExec(Exec exec, Runnable onEnd) {
        this.exec = exec;
        this.onEnd = onEnd;
        Thread.ofVirtual().name("follow-" + exec.id()).start(this::follow);
    }

    private void follow() {
        try {
            end.complete(exec.await());
        } catch (InterruptedException | RuntimeException e) {
            end.completeExceptionally(e);
        } finally {
            onEnd.run();
        }
    }

    /** How it ended; empty if it has not after that time. */
    public Optional<ExecResult> within(Duration time) throws InterruptedException {
        try {
            return Optional.of(end.get(time.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BelayException told) {
                throw told;
            }
            throw new SandboxException("the command could not be followed to its end", e.getCause());
        }
    }

    /** Asks for its end. */
    public void cancel() {
        exec.cancel();
    }

    /** Waits until nothing of it is left. */
    public void end() throws InterruptedException {
        while (within(Duration.ofMinutes(1)).isEmpty()) {
            exec.cancel();
        }
    }
}
