package dev.belay.sandbox.background;

import dev.belay.api.ExecId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An exec that runs in the background. Safe for many threads. */
public final class BackgroundExec {
    private final String command;
    private final Instant startedAt;
    private final OutputRing stdout;
    private final OutputRing stderr;
    private final CompletableFuture<Exec> exec = new CompletableFuture<>();
    private final CompletableFuture<ExecResult> result = new CompletableFuture<>();

    BackgroundExec(String command, Instant startedAt, int keptBytes) {
        this.command = command;
        this.startedAt = startedAt;
        this.stdout = new OutputRing(keptBytes);
        this.stderr = new OutputRing(keptBytes);
    }

    ExecOutput output() {
        return new ExecOutput() {
            @Override
            public void stdout(byte[] bytes) {
                stdout.add(bytes);
            }

            @Override
            public void stderr(byte[] bytes) {
                stderr.add(bytes);
            }
        };
    }

    void follow(Exec started) {
        exec.complete(started);
        Thread.ofVirtual().name("background-" + started.id()).start(() -> {
            try {
                result.complete(started.await());
            } catch (InterruptedException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
    }

    public ExecId id() {
        return exec().id();
    }

    /** The exec itself: to write to it, to signal it, to change its terminal. */
    public Exec exec() {
        return exec.join();
    }

    /** What runs, for people. */
    public String command() {
        return command;
    }

    public Instant startedAt() {
        return startedAt;
    }

    public boolean isRunning() {
        return !result.isDone();
    }

    /** How it ended; empty while it runs. Its output is here in parts, not there. */
    public Optional<ExecResult> result() {
        return result.isDone() ? Optional.of(result.join()) : Optional.empty();
    }

    /** Standard output, at most {@code most} bytes from an offset on. */
    public OutputPart stdout(long offset, int most) {
        return stdout.read(offset, most);
    }

    /** Standard error, at most {@code most} bytes from an offset on. */
    public OutputPart stderr(long offset, int most) {
        return stderr.read(offset, most);
    }

    /** Waits for its end, at most so long; empty if it still runs. */
    public Optional<ExecResult> await(Duration atMost) throws InterruptedException {
        try {
            return Optional.of(result.get(atMost.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException _) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the exec could not be followed to its end", e.getCause());
        }
    }

    /** Kills it with all that it started: TERM, and KILL 100 ms later. Returns at once; idempotent. */
    public void kill() {
        exec().cancel();
    }
}
