package dev.belay.sandbox.local.exec;

import dev.belay.api.ExecId;
import dev.belay.api.SandboxException;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.Interpreter.Cell;
import dev.belay.sandbox.Terminal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A cell of a stateful interpreter, from its start to its result. */
final class RunningCell implements Exec {
    static final int NONCE = 16;

    private final ExecId id;
    private final Cell cell;
    private final ExecOutput output;
    private final byte[] nonce = new byte[NONCE];
    private final OutputCapture stdout;
    private final OutputCapture stderr;
    private final long began = System.nanoTime();
    private final CompletableFuture<Integer> code = new CompletableFuture<>();
    private final CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    private final CompletableFuture<ExecResult> result = new CompletableFuture<>();

    /** What the wait for a cell's end brought. */
    enum Ending {
        CODE,
        PROCESS_ENDED,
        CANCELLED,
        LATE
    }

    RunningCell(ExecId id, Cell cell, ExecOutput output, SecureRandom random) {
        this.id = id;
        this.cell = cell;
        this.output = output;
        this.stdout = new OutputCapture(cell.outputLimit());
        this.stderr = new OutputCapture(cell.outputLimit());
        random.nextBytes(nonce);
    }

    CompletableFuture<ExecResult> result() {
        return result;
    }

    Duration timeout() {
        return cell.timeout();
    }

    byte[] message() {
        byte[] text = cell.code().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Integer.BYTES + NONCE + text.length)
                .putInt(NONCE + text.length)
                .put(nonce)
                .put(text)
                .array();
    }

    /** The interpreter says that a cell has ended; another nonce than this cell's means nothing. */
    void answered(byte[] of, int exitCode) {
        if (Arrays.equals(of, nonce)) {
            code.complete(exitCode);
        }
    }

    synchronized void stdout(byte[] bytes) {
        stdout.add(bytes);
        output.stdout(bytes);
    }

    synchronized void stderr(byte[] bytes) {
        stderr.add(bytes);
        output.stderr(bytes);
    }

    boolean isCancelled() {
        return cancelled.isDone();
    }

    boolean hasCode() {
        return code.isDone();
    }

    Ending awaitEnding(Duration atMost, CompletableFuture<Boolean> processEnd) throws InterruptedException {
        boolean inTime = await(CompletableFuture.anyOf(code, processEnd, cancelled), atMost);
        if (code.isDone()) {
            return Ending.CODE;
        }
        return !inTime ? Ending.LATE : processEnd.isDone() ? Ending.PROCESS_ENDED : Ending.CANCELLED;
    }

    void awaitCode(Duration atMost, CompletableFuture<Boolean> processEnd) throws InterruptedException {
        await(CompletableFuture.anyOf(code, processEnd), atMost);
    }

    private static boolean await(CompletableFuture<?> event, Duration atMost) throws InterruptedException {
        try {
            event.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException _) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // none of them fails
        }
    }

    /** The result of a cell whose interpreter lives on. */
    ExecResult ended(Ending why, boolean anew) {
        String kept = "It was interrupted; what it had defined is kept.";
        return switch (why) {
            case LATE -> result(Status.TIMED_OUT, OptionalInt.empty(), OptionalInt.empty(), late() + " " + kept, anew);
            case CANCELLED -> result(Status.CANCELLED, OptionalInt.empty(), OptionalInt.empty(), kept, anew);
            case CODE, PROCESS_ENDED ->
                result(Status.EXITED, OptionalInt.of(code.join()), OptionalInt.empty(), "", anew);
        };
    }

    /** The result of a cell that did not run. */
    ExecResult ended(Status status, String detail, boolean anew) {
        return result(status, OptionalInt.empty(), OptionalInt.empty(), detail, anew);
    }

    /** The result of a cell whose interpreter is gone. */
    ExecResult killed(Ending why, ExecResult process) {
        OptionalInt none = OptionalInt.empty();
        return switch (why) {
            case LATE ->
                result(Status.TIMED_OUT, none, none, late() + " It did not heed the interrupt and was killed.", true);
            case CANCELLED ->
                result(Status.CANCELLED, none, none, "It did not heed the interrupt and was killed.", true);
            case CODE, PROCESS_ENDED -> {
                boolean closed = process.status() == Status.CANCELLED;
                yield closed
                        ? result(Status.SIGNALED, none, OptionalInt.of(9), "It closed the interpreter's channel.", true)
                        : result(
                                process.status(),
                                process.exitCode(),
                                process.signal(),
                                process.status() == Status.EXITED ? "It ended the interpreter." : process.detail(),
                                process.status() != Status.NOT_STARTED);
            }
        };
    }

    private String late() {
        return "It did not end within " + cell.timeout().toMillis() + " ms.";
    }

    private ExecResult result(Status status, OptionalInt exit, OptionalInt signal, String detail, boolean stateLost) {
        Duration duration = Duration.ofNanos(System.nanoTime() - began);
        return new ExecResult(id, status, exit, signal, stdout.result(), stderr.result(), duration, detail, stateLost);
    }

    /** Runs the cell and tells everybody who waits. */
    void finish(Callable<ExecResult> run) {
        try {
            result.complete(run.call());
        } catch (Exception | Error e) {
            result.completeExceptionally(e);
        }
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
            throw new SandboxException("the cell could not be followed to its end", e.getCause());
        }
    }

    @Override
    public void cancel() {
        cancelled.complete(true);
    }

    @Override
    public void write(byte[] bytes) {
        throw new IllegalStateException("a cell takes no input");
    }

    @Override
    public void endInput() {}

    @Override
    public void signal(int number) {
        if (number == SIGINT) {
            cancel();
        }
    }

    @Override
    public void resize(Terminal terminal) {}
}
