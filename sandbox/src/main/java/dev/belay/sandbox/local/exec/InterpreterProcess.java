package dev.belay.sandbox.local.exec;

import dev.belay.api.SandboxException;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.local.wire.MessageReader;
import dev.belay.sandbox.local.wire.ProgramChannel;
import dev.belay.sandbox.local.wire.ProgramStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The process of a stateful interpreter. A cell goes to it as u32 size, 16 bytes of nonce, code; its end comes back as u32 size, the nonce,
 * i32 exit code, after all that the cell printed. What is printed between cells goes nowhere.
 */
final class InterpreterProcess implements ProgramChannel, ExecOutput {
    private final MessageReader reader = new MessageReader(RunningCell.NONCE + Integer.BYTES);
    private final CompletableFuture<ProgramStream> started = new CompletableFuture<>();
    private final CompletableFuture<Boolean> end = new CompletableFuture<>();
    private final CompletableFuture<Exec> exec = new CompletableFuture<>();
    private final CompletableFuture<ExecResult> result = new CompletableFuture<>();
    private volatile Optional<RunningCell> current = Optional.empty();

    private InterpreterProcess() {}

    static InterpreterProcess start(LocalInterpreter.ProcessStarter starter) {
        InterpreterProcess process = new InterpreterProcess();
        Exec exec = starter.start(process, process);
        process.exec.complete(exec);
        Thread.ofVirtual().name("interpreter-" + exec.id()).start(() -> process.follow(exec));
        return process;
    }

    private void follow(Exec running) {
        try {
            result.complete(running.await());
        } catch (InterruptedException | RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    /** Waits for its end; kills it if it has not ended by itself in that time. */
    ExecResult endWithin(Duration time) throws InterruptedException {
        try {
            return result.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            exec().cancel();
            return exec().await();
        } catch (ExecutionException e) {
            throw new SandboxException("the interpreter could not be followed to its end", e.getCause());
        }
    }

    Exec exec() {
        return exec.join();
    }

    /** Done when no cell can run in it any more. */
    CompletableFuture<Boolean> end() {
        return end;
    }

    boolean hasEnded() {
        return end.isDone();
    }

    /** Hands it a cell; the one before has ended. */
    void begin(RunningCell cell) throws IOException, InterruptedException {
        current = Optional.of(cell);
        CompletableFuture.anyOf(started, end).join();
        ProgramStream stream = started.getNow(null);
        if (stream != null) {
            stream.send(cell.message());
        }
    }

    /** No cell runs. */
    void idle() {
        current = Optional.empty();
    }

    @Override
    public void started(ProgramStream toProgram) {
        started.complete(toProgram);
    }

    @Override
    public void received(byte[] bytes) throws IOException {
        reader.add(bytes, this::take);
    }

    private void take(ByteBuffer message) throws IOException {
        if (message.remaining() != RunningCell.NONCE + Integer.BYTES) {
            throw new IOException("an answer of " + message.remaining() + " bytes");
        }
        byte[] nonce = new byte[RunningCell.NONCE];
        message.get(nonce);
        current.ifPresent(cell -> cell.answered(nonce, message.getInt()));
    }

    @Override
    public void ended() {
        end.complete(true);
    }

    @Override
    public void stdout(byte[] bytes) {
        current.ifPresent(cell -> cell.stdout(bytes));
    }

    @Override
    public void stderr(byte[] bytes) {
        current.ifPresent(cell -> cell.stderr(bytes));
    }
}
