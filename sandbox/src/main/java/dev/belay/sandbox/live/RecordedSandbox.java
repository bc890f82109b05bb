package dev.belay.sandbox.live;

import dev.belay.api.EpochMicros;
import dev.belay.api.ExecId;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.SandboxId;
import dev.belay.api.event.ExecEvent;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Interpreter;
import dev.belay.sandbox.Isolation;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Program;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxUsage;
import dev.belay.sandbox.Terminal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A sandbox as one caller uses it: its execs, and what the caller changes in its files, are events of its stream. The end of an exec is handed
 * to the log before {@link Exec#await} returns, so that it is durable before anything that the waiting thread appends after it, and so before
 * the exec's result can be acknowledged.
 */
public final class RecordedSandbox implements Sandbox {
    private static final int COMMAND_SHOWN = 4096;

    private final LiveSandbox live;
    private final AuditLog audit;
    private final Parts parts;
    private final RecordedFiles files;
    private final Runnable onDeath;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** What all sandboxes of a registry share. */
    public record Parts(DiskWatch disk, InstantSource clock, Duration longestExec) {}

    /**
     * @param onDeath called when it turns out that the sandbox has ended by itself
     * @param onClose called once when the caller closes it
     */
    public RecordedSandbox(LiveSandbox live, AuditLog audit, Parts parts, Runnable onDeath, Runnable onClose) {
        this.live = live;
        this.audit = audit;
        this.parts = parts;
        this.files = new RecordedFiles(live, parts.disk(), audit);
        this.onDeath = onDeath;
        this.onClose = onClose;
    }

    @Override
    public SandboxId id() {
        return live.id();
    }

    @Override
    public Isolation isolation() {
        return live.sandbox().isolation();
    }

    @Override
    public boolean isHeld() {
        return live.sandbox().isHeld();
    }

    @Override
    public boolean isAlive() {
        return live.sandbox().isAlive();
    }

    @Override
    public SandboxUsage usage() {
        return live.sandbox().usage();
    }

    @Override
    public Exec start(ExecSpec spec, ExecOutput output) {
        if (spec.timeout().compareTo(parts.longestExec()) > 0) {
            throw new InvalidRequestException(
                    "timeout",
                    "an exec may run for at most " + parts.longestExec().toSeconds() + " s on this server");
        }
        return recorded(() -> live.sandbox().start(spec, output), spec.program(), spec.directory());
    }

    @Override
    public Interpreter interpreter(Language language, String directory) {
        return new RecordedInterpreter(live.sandbox().interpreter(language, directory), directory);
    }

    @Override
    public void prepare(Language language) {
        live.sandbox().prepare(language);
    }

    private Exec recorded(Supplier<Exec> start, Program program, String directory) {
        long now = EpochMicros.now(parts.clock());
        live.entered();
        try {
            Exec exec = start.get();
            String command = shortened(program.shown());
            LiveSandbox.RunningExec running = live.begin(
                    exec,
                    new Execution(
                            exec.id(),
                            command,
                            directory,
                            audit.scope().principal().name(),
                            now));
            parts.disk().touched(live);
            audit.submit(new ExecEvent.Started(exec.id(), command, directory));
            return new RecordedExec(running);
        } catch (RuntimeException | Error e) {
            live.left(now);
            throw e;
        }
    }

    private static String shortened(String line) {
        return line.length() <= COMMAND_SHOWN ? line : line.substring(0, COMMAND_SHOWN) + "…";
    }

    @Override
    public SandboxFiles files() {
        return files;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            onClose.run();
        }
    }

    private final class RecordedInterpreter implements Interpreter {
        private final Interpreter interpreter;
        private final String directory;

        RecordedInterpreter(Interpreter interpreter, String directory) {
            this.interpreter = interpreter;
            this.directory = directory;
        }

        @Override
        public Language language() {
            return interpreter.language();
        }

        @Override
        public Exec start(Cell cell, ExecOutput output) {
            Program code = new Program.Code(language(), cell.code());
            return recorded(() -> interpreter.start(cell, output), code, directory);
        }

        @Override
        public void close() {
            interpreter.close();
        }
    }

    private final class RecordedExec implements Exec {
        private final LiveSandbox.RunningExec running;
        private final AtomicBoolean ended = new AtomicBoolean();

        RecordedExec(LiveSandbox.RunningExec running) {
            this.running = running;
        }

        @Override
        public ExecId id() {
            return running.exec().id();
        }

        @Override
        public ExecResult await() throws InterruptedException {
            ExecResult result = running.exec().await();
            String overDisk = running.overDisk().get();
            if (!overDisk.isEmpty() && result.status() == ExecResult.Status.CANCELLED) {
                result = result.endedAs(ExecResult.Status.DISK_FULL, overDisk);
            }
            if (ended.compareAndSet(false, true)) {
                record(result);
            }
            return result;
        }

        private void record(ExecResult result) {
            long now = EpochMicros.now(parts.clock());
            live.ended(id());
            live.left(now);
            parts.disk().touched(live);
            if (result.status() == ExecResult.Status.SANDBOX_DIED) {
                onDeath.run();
            }
            audit.add(new ExecEvent.Ended(
                    id(),
                    result.status().word(),
                    result.exitCode(),
                    result.stdout().totalBytes(),
                    result.stderr().totalBytes(),
                    (now - running.shown().startedMicros()) / 1000));
        }

        @Override
        public void cancel() {
            running.exec().cancel();
        }

        @Override
        public void write(byte[] bytes) throws InterruptedException {
            running.exec().write(bytes);
        }

        @Override
        public void endInput() throws InterruptedException {
            running.exec().endInput();
        }

        @Override
        public void signal(int number) {
            running.exec().signal(number);
        }

        @Override
        public void resize(Terminal terminal) {
            running.exec().resize(terminal);
        }
    }
}
