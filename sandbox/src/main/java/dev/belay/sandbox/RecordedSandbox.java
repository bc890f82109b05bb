package dev.belay.sandbox;

import dev.belay.api.ExecId;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.ExecEvent;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.store.Database;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A sandbox whose execs are events of its stream. The end of an exec is handed to the log before {@link Exec#await} returns, so that it is
 * durable before anything that the waiting thread appends after it, and so before the exec's result can be acknowledged.
 */
final class RecordedSandbox implements Sandbox {
    private static final int COMMAND_SHOWN = 4096;

    private final Sandbox sandbox;
    private final Scope scope;
    private final EventLog log;
    private final InstantSource clock;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    RecordedSandbox(Sandbox sandbox, Scope scope, EventLog log, InstantSource clock, Runnable onClose) {
        this.sandbox = sandbox;
        this.scope = scope;
        this.log = log;
        this.clock = clock;
        this.onClose = onClose;
    }

    @Override
    public SandboxId id() {
        return sandbox.id();
    }

    @Override
    public Isolation isolation() {
        return sandbox.isolation();
    }

    @Override
    public Exec start(ExecSpec spec, ExecOutput output) {
        return recorded(sandbox.start(spec, output), spec.program().shown(), spec.directory());
    }

    @Override
    public Interpreter interpreter(Language language, String directory) {
        return new RecordedInterpreter(sandbox.interpreter(language, directory), directory);
    }

    @Override
    public void prepare(Language language) {
        sandbox.prepare(language);
    }

    private Exec recorded(Exec exec, String shown, String directory) {
        record(new ExecEvent.Started(exec.id(), shortened(shown), directory));
        return new RecordedExec(exec, clock.millis());
    }

    private Database.Written<List<Event>> record(ExecEvent event) {
        return log.submit(scope, StreamId.of(id()), List.of(EventDraft.of(event).withSource(Sandboxes.SOURCE)));
    }

    private static String shortened(String line) {
        return line.length() <= COMMAND_SHOWN ? line : line.substring(0, COMMAND_SHOWN) + "…";
    }

    @Override
    public SandboxFiles files() {
        return sandbox.files();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            sandbox.close();
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
            String shown = new Program.Code(language(), cell.code()).shown();
            return recorded(interpreter.start(cell, output), shown, directory);
        }

        @Override
        public void close() {
            interpreter.close();
        }
    }

    private final class RecordedExec implements Exec {
        private final Exec exec;
        private final long startedMillis;
        private final AtomicBoolean ended = new AtomicBoolean();

        RecordedExec(Exec exec, long startedMillis) {
            this.exec = exec;
            this.startedMillis = startedMillis;
        }

        @Override
        public ExecId id() {
            return exec.id();
        }

        @Override
        public ExecResult await() throws InterruptedException {
            ExecResult result = exec.await();
            if (ended.compareAndSet(false, true)) {
                record(new ExecEvent.Ended(
                        id(),
                        result.status().word(),
                        result.exitCode(),
                        result.stdout().totalBytes(),
                        result.stderr().totalBytes(),
                        clock.millis() - startedMillis));
            }
            return result;
        }

        @Override
        public void cancel() {
            exec.cancel();
        }

        @Override
        public void write(byte[] bytes) throws InterruptedException {
            exec.write(bytes);
        }

        @Override
        public void endInput() throws InterruptedException {
            exec.endInput();
        }

        @Override
        public void signal(int number) {
            exec.signal(number);
        }

        @Override
        public void resize(Terminal terminal) {
            exec.resize(terminal);
        }
    }
}
