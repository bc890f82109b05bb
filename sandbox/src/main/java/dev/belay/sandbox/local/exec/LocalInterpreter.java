package dev.belay.sandbox.local.exec;

import dev.belay.api.ExecId;
import dev.belay.api.IdSource;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.Interpreter;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.local.exec.RunningCell.Ending;
import dev.belay.sandbox.local.wire.ProgramChannel;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Runs cells one after the other, each on a virtual thread, in a process that is started when there is none. */
final class LocalInterpreter implements Interpreter {
    /** How long a cell may take to heed an interrupt. The first may come before the interpreter has begun with the cell. */
    private static final List<Duration> GRACES = List.of(Duration.ofMillis(300), Duration.ofMillis(700));
    /** How long a process that closed its channel may take to end by itself. */
    private static final Duration LAST_MOMENT = Duration.ofMillis(500);

    private final Language language;
    private final IdSource ids;
    private final SecureRandom random;
    private final ProcessStarter starter;
    private CompletableFuture<?> last = CompletableFuture.completedFuture(true);
    private Optional<InterpreterProcess> process = Optional.empty();
    private boolean closed;

    /** Starts the interpreter's process. */
    interface ProcessStarter {
        Exec start(ExecOutput output, ProgramChannel program);
    }

    LocalInterpreter(Language language, IdSource ids, SecureRandom random, ProcessStarter starter) {
        if (language == Language.SHELL) {
            throw new IllegalArgumentException("there is no stateful interpreter for the shell");
        }
        this.language = language;
        this.ids = ids;
        this.random = random;
        this.starter = starter;
    }

    @Override
    public Language language() {
        return language;
    }

    @Override
    public synchronized Exec start(Cell cell, ExecOutput output) {
        RunningCell running = new RunningCell(new ExecId(ids.next()), cell, output, random);
        CompletableFuture<?> before = last;
        last = running.result();
        Thread.ofVirtual().name("cell-" + running.id()).start(() -> {
            before.handle((_, _) -> true).join();
            running.finish(() -> run(running));
        });
        return running;
    }

    private ExecResult run(RunningCell cell) throws InterruptedException {
        if (cell.isCancelled()) {
            return cell.ended(Status.CANCELLED, "It was not begun.", false);
        }
        Optional<InterpreterProcess> before = process();
        boolean anew = before.isPresent() && before.get().hasEnded(); // between cells: nobody has been told
        Optional<InterpreterProcess> serving = anew || before.isEmpty() ? replace() : before;
        if (serving.isEmpty()) {
            return cell.ended(Status.NOT_STARTED, "The interpreter is closed.", anew);
        }
        return run(cell, serving.get(), anew);
    }

    private ExecResult run(RunningCell cell, InterpreterProcess serving, boolean anew) throws InterruptedException {
        try {
            serving.begin(cell);
        } catch (IOException _) {
            // It has ended: waiting for that tells how.
        }
        Ending why = cell.awaitEnding(cell.timeout(), serving.end());
        boolean ended = why == Ending.CODE || why == Ending.PROCESS_ENDED;
        for (Duration grace : ended ? List.<Duration>of() : GRACES) {
            if (!cell.hasCode()) {
                serving.exec().signal(Exec.SIGINT);
                cell.awaitCode(grace, serving.end());
            }
        }
        if (cell.hasCode()) {
            serving.idle();
            return cell.ended(why, anew);
        }
        ExecResult end = serving.endWithin(why == Ending.PROCESS_ENDED ? LAST_MOMENT : Duration.ZERO);
        serving.idle();
        forget();
        return cell.killed(why, end);
    }

    private synchronized void forget() {
        process = Optional.empty();
    }

    private synchronized Optional<InterpreterProcess> process() {
        return process;
    }

    private synchronized Optional<InterpreterProcess> replace() {
        process = closed ? Optional.empty() : Optional.of(InterpreterProcess.start(starter));
        return process;
    }

    @Override
    public synchronized void close() {
        closed = true;
        process.ifPresent(running -> running.exec().cancel());
    }
}
