package dev.belay.sandbox.local;

import dev.belay.api.ExecId;
import dev.belay.api.SandboxException;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.SandboxLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command in a sandbox, on a connection of its own, read by a virtual thread of its own. */
final class LocalExec implements Exec {
    private static final Logger LOG = LoggerFactory.getLogger(LocalExec.class);
    private static final int STDIN_CHUNK = 64 << 10;
    /** So long after its timeout an exec may take to be killed and its end to be told. */
    private static final Duration AFTER_TIMEOUT = Duration.ofSeconds(60);

    private final ExecId id;
    private final ExecSpec spec;
    private final SandboxLimits limits;
    private final long started = System.nanoTime();
    private final OutputCapture stdout;
    private final OutputCapture stderr;
    private final CompletableFuture<ExecResult> result = new CompletableFuture<>();
    private ExecOutput output;
    private Optional<FrameChannel> connection = Optional.empty();
    private boolean cancelled;

    private LocalExec(ExecId id, ExecSpec spec, SandboxLimits limits, ExecOutput output) {
        this.id = id;
        this.spec = spec;
        this.limits = limits;
        this.output = output;
        this.stdout = new OutputCapture(spec.outputLimit());
        this.stderr = new OutputCapture(spec.outputLimit());
    }

    /** Starts and returns; a request that cannot be made, or a sandbox that is gone, is told by the result. */
    static Exec start(
            ExecId id, InitConnections init, ExecSpec spec, SandboxLimits limits, ExecOutput output, boolean probe) {
        String invalid = ExecRequest.problem(spec);
        if (!invalid.isEmpty()) {
            return EndedExec.of(id, Status.NOT_STARTED, invalid);
        }
        LocalExec exec = new LocalExec(id, spec, limits, output);
        // Not even the connection is made by the caller's thread: interrupting that one must not cut it.
        Thread.ofVirtual().name("exec-" + id).start(() -> exec.runToEnd(init, probe));
        return exec;
    }

    private void runToEnd(InitConnections init, boolean probe) {
        try (FrameChannel channel = init.open(spec.timeout().plus(AFTER_TIMEOUT))) {
            channel.send(ExecRequest.frame(spec, probe));
            connected(channel);
            if (spec.stdin().length > 0) {
                Thread.ofVirtual().name("stdin-" + id).start(() -> sendStdin(channel));
            }
            result.complete(readToEnd(channel));
        } catch (IOException e) {
            LOG.debug("exec {} lost its sandbox", id, e);
            result.complete(ended(Status.SANDBOX_DIED, OptionalInt.empty(), OptionalInt.empty(), init.whyItEnded()));
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
            throw e;
        }
    }

    private synchronized void connected(FrameChannel channel) throws IOException {
        connection = Optional.of(channel);
        if (cancelled) {
            channel.endSending();
        }
    }

    private ExecResult readToEnd(FrameChannel channel) throws IOException {
        while (true) {
            Frame frame = channel.read();
            switch (frame.type()) {
                case FrameType.STDOUT -> {
                    stdout.add(frame.payload());
                    hand(frame.payload(), true);
                }
                case FrameType.STDERR -> {
                    stderr.add(frame.payload());
                    hand(frame.payload(), false);
                }
                case FrameType.EXIT -> {
                    return resultOf(ExecExit.read(frame));
                }
                default -> throw new IOException("unexpected frame of type " + frame.type());
            }
        }
    }

    /** A sink that fails gets nothing more, and the exec ends: nobody would see the rest. */
    private void hand(byte[] bytes, boolean toStdout) {
        try {
            if (toStdout) {
                output.stdout(bytes);
            } else {
                output.stderr(bytes);
            }
        } catch (RuntimeException e) {
            LOG.warn("the output of exec {} could not be handed on; it is cancelled", id, e);
            output = ExecOutput.NONE;
            cancel();
        }
    }

    private void sendStdin(FrameChannel channel) {
        try {
            byte[] bytes = spec.stdin();
            for (int at = 0; at < bytes.length; at += STDIN_CHUNK) {
                int size = Math.min(STDIN_CHUNK, bytes.length - at);
                ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER + size);
                frame.putInt(size).put((byte) FrameType.STDIN).put(bytes, at, size);
                channel.send(frame.flip());
            }
            channel.send(new FrameBuilder(FrameType.STDIN_END).build());
        } catch (IOException e) {
            LOG.debug("exec {} ended before it had read all its input: {}", id, e.toString());
        }
    }

    private ExecResult resultOf(ExecExit exit) {
        OptionalInt code = exit.how() == ExecExit.EXITED ? OptionalInt.of(exit.value()) : OptionalInt.empty();
        OptionalInt signal = exit.how() == ExecExit.SIGNALED ? OptionalInt.of(exit.value()) : OptionalInt.empty();
        Status status = exit.status();
        return ended(status, code, signal, exit.detail(status, spec, limits));
    }

    private ExecResult ended(Status status, OptionalInt code, OptionalInt signal, String detail) {
        Duration duration = Duration.ofNanos(System.nanoTime() - started);
        return new ExecResult(id, status, code, signal, stdout.result(), stderr.result(), duration, detail);
    }

    @Override
    public ExecId id() {
        return id;
    }

    @Override
    public ExecResult await() throws InterruptedException {
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw new SandboxException("the exec could not be followed to its end", e.getCause());
        }
    }

    @Override
    public synchronized void cancel() {
        cancelled = true;
        try {
            if (connection.isPresent()) {
                connection.get().endSending();
            }
        } catch (IOException e) {
            LOG.debug("exec {} had ended when it was cancelled: {}", id, e.toString());
        }
    }
}
