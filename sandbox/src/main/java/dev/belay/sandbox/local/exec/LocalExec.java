package dev.belay.sandbox.local.exec;

import dev.belay.api.ExecId;
import dev.belay.api.SandboxException;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.Terminal;
import dev.belay.sandbox.local.wire.Frame;
import dev.belay.sandbox.local.wire.FrameBuilder;
import dev.belay.sandbox.local.wire.FrameChannel;
import dev.belay.sandbox.local.wire.FrameType;
import dev.belay.sandbox.local.wire.InitConnections;
import dev.belay.sandbox.local.wire.ProgramChannel;
import dev.belay.sandbox.local.wire.ProgramStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One program in a sandbox, on a connection of its own, read by a virtual thread of its own. */
final class LocalExec implements Exec {
    private static final Logger LOG = LoggerFactory.getLogger(LocalExec.class);
    /** So long after its timeout an exec may take to be killed and its end to be told. */
    private static final Duration AFTER_TIMEOUT = Duration.ofSeconds(60);

    private final ExecId id;
    private final ExecSpec spec;
    private final SandboxLimits limits;
    private final ProgramChannel program;
    private final long started = System.nanoTime();
    private final OutputCapture stdout;
    private final OutputCapture stderr;
    private final CompletableFuture<ExecResult> result = new CompletableFuture<>();
    private final CompletableFuture<Optional<Running>> running = new CompletableFuture<>();
    private ExecOutput output;
    private Optional<FrameChannel> current = Optional.empty();
    private boolean cancelled;

    /** The connection of an exec that runs, and what is sent over it to the program. */
    private record Running(FrameChannel channel, ProgramStream stdin, ProgramStream toProgram) {}

    private LocalExec(ExecId id, ExecSpec spec, SandboxLimits limits, ExecOutput output, ProgramChannel program) {
        this.id = id;
        this.spec = spec;
        this.limits = limits;
        this.output = output;
        this.program = program;
        this.stdout = new OutputCapture(spec.outputLimit());
        this.stderr = new OutputCapture(spec.outputLimit());
    }

    /** How an exec is asked for, as often as that is tried: a fork that no worker can make is asked for again as a process. */
    interface Launcher {
        Launch next();
    }

    /** Starts and returns; a request that cannot be made, or a sandbox that is gone, is told by the result. */
    static Exec start(
            ExecId id,
            InitConnections init,
            ExecSpec spec,
            SandboxLimits limits,
            ExecOutput output,
            ProgramChannel program,
            Launcher launcher) {
        String invalid = ExecRequest.problem(spec);
        if (!invalid.isEmpty()) {
            program.ended();
            return EndedExec.of(id, Status.NOT_STARTED, invalid);
        }
        LocalExec exec = new LocalExec(id, spec, limits, output, program);
        Launch launch = launcher.next();
        // While the thread that reads is woken, the sandbox works. It alone waits for anything: an interrupt of the
        // caller must cut nothing.
        Optional<FrameChannel> asked = init.openAtOnce(launch.request().duplicate(), exec.longestSilence());
        Thread.ofVirtual().name("exec-" + id).start(() -> exec.runToEnd(init, launcher, launch, asked));
        return exec;
    }

    private Duration longestSilence() {
        return spec.timeout().plus(AFTER_TIMEOUT);
    }

    /** @param asked where the first launch was asked for, if it was */
    private void runToEnd(InitConnections init, Launcher launcher, Launch first, Optional<FrameChannel> asked) {
        try {
            Optional<ExecResult> ended = run(asked.isPresent() ? asked.get() : ask(init, first), first);
            while (ended.isEmpty()) {
                Launch next = launcher.next();
                ended = run(ask(init, next), next);
            }
            result.complete(ended.get());
        } catch (IOException e) {
            LOG.debug("exec {} lost its sandbox", id, e);
            result.complete(ended(Status.SANDBOX_DIED, OptionalInt.empty(), OptionalInt.empty(), init.whyItEnded()));
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
            throw e;
        } finally {
            running.complete(Optional.empty());
            program.ended();
        }
    }

    private FrameChannel ask(InitConnections init, Launch launch) throws IOException {
        FrameChannel channel = init.open(longestSilence());
        try {
            channel.send(launch.request());
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Empty if it is to be asked for in another way. */
    private Optional<ExecResult> run(FrameChannel asked, Launch launch) throws IOException {
        try (FrameChannel channel = asked) {
            Running streams = new Running(
                    channel,
                    new ProgramStream(channel, FrameType.STDIN, FrameType.STDIN_END),
                    new ProgramStream(channel, FrameType.CHANNEL, FrameType.CHANNEL_END));
            try {
                use(channel);
                if (launch.message().length > 0) {
                    begin("request-" + id, () -> sendRequest(streams.toProgram(), launch));
                } else {
                    connected(streams);
                }
                return readToEnd(streams, launch);
            } finally {
                streams.stdin().taken();
                streams.toProgram().taken();
            }
        }
    }

    private void connected(Running streams) {
        if (running.complete(Optional.of(streams))) {
            program.started(streams.toProgram());
            if (spec.stdin().length > 0) {
                begin("stdin-" + id, () -> {
                    streams.stdin().send(spec.stdin());
                    if (!spec.stdinOpen()) {
                        streams.stdin().end(true);
                    }
                });
            }
        }
    }

    private static void sendRequest(ProgramStream program, Launch launch) throws IOException, InterruptedException {
        program.send(launch.message());
        if (launch.closesChannel()) {
            program.end(true);
        }
    }

    private interface Sending {
        void run() throws IOException, InterruptedException;
    }

    private void begin(String name, Sending sending) {
        Thread.ofVirtual().name(name).start(() -> {
            try {
                sending.run();
            } catch (IOException e) {
                LOG.debug("exec {} ended before it had read all that was sent: {}", id, e.toString());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt(); // nobody does
            }
        });
    }

    private synchronized void use(FrameChannel channel) throws IOException {
        current = Optional.of(channel);
        if (cancelled) {
            channel.endSending();
        }
    }

    private Optional<ExecResult> readToEnd(Running streams, Launch launch) throws IOException {
        while (true) {
            Frame frame = streams.channel().read();
            switch (frame.type()) {
                case FrameType.STDOUT -> {
                    stdout.add(frame.payload());
                    hand(frame.payload(), true);
                }
                case FrameType.STDERR -> {
                    stderr.add(frame.payload());
                    hand(frame.payload(), false);
                }
                case FrameType.CHANNEL -> hear(frame.payload(), streams.toProgram());
                case FrameType.CHANNEL_END -> program.ended();
                case FrameType.TAKEN -> {
                    if (frame.u8() == FrameType.STDIN) {
                        streams.stdin().taken();
                    } else {
                        // The request is on its way; whatever else is sent comes after it.
                        connected(streams);
                        streams.toProgram().taken();
                    }
                }
                case FrameType.EXIT -> {
                    ExecExit exit = ExecExit.read(frame);
                    boolean again = launch.forked() && exit.lacksWorker() && !running.isDone();
                    return again ? Optional.empty() : Optional.of(resultOf(exit));
                }
                default -> throw new IOException("unexpected frame of type " + frame.type());
            }
        }
    }

    private void hear(byte[] bytes, ProgramStream toProgram) {
        try {
            program.received(bytes);
        } catch (IOException e) {
            LOG.debug("the program of exec {} is not listened to any more: {}", id, e.toString());
            program.ended();
            begin("deaf-" + id, () -> toProgram.end(true));
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

    private ExecResult resultOf(ExecExit exit) {
        OptionalInt code = exit.how() == ExecExit.EXITED ? OptionalInt.of(exit.value()) : OptionalInt.empty();
        OptionalInt signal = exit.how() == ExecExit.SIGNALED ? OptionalInt.of(exit.value()) : OptionalInt.empty();
        Status status = exit.status();
        return ended(status, code, signal, exit.detail(status, spec, limits));
    }

    private ExecResult ended(Status status, OptionalInt code, OptionalInt signal, String detail) {
        Duration duration = Duration.ofNanos(System.nanoTime() - started);
        return new ExecResult(id, status, code, signal, stdout.result(), stderr.result(), duration, detail, false);
    }

    @Override
    public ExecId id() {
        return id;
    }

    @Override
    public ExecResult await() throws InterruptedException {
        return valueOf(result);
    }

    private static <T> T valueOf(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new SandboxException("the exec could not be followed to its end", e.getCause());
        }
    }

    @Override
    public synchronized void cancel() {
        cancelled = true;
        withChannel(FrameChannel::endSending);
    }

    @Override
    public void write(byte[] bytes) throws InterruptedException {
        toStdin(stdin -> stdin.send(bytes));
    }

    @Override
    public void endInput() throws InterruptedException {
        toStdin(stdin -> stdin.end(spec.terminal().isEmpty()));
    }

    private interface Input {
        void to(ProgramStream stdin) throws IOException, InterruptedException;
    }

    private void toStdin(Input input) throws InterruptedException {
        if (!spec.stdinOpen()) {
            throw new IllegalStateException("the standard input of exec " + id + " is not open");
        }
        Optional<Running> streams = valueOf(running);
        if (streams.isPresent()) {
            try {
                input.to(streams.get().stdin());
            } catch (IOException e) {
                LOG.debug("exec {} had ended when it was written to: {}", id, e.toString());
            }
        }
    }

    @Override
    public void signal(int number) {
        withChannel(channel ->
                channel.send(new FrameBuilder(FrameType.SIGNAL).u8(number).build()));
    }

    @Override
    public void resize(Terminal terminal) {
        if (spec.terminal().isPresent()) {
            withChannel(channel -> channel.send(new FrameBuilder(FrameType.RESIZE)
                    .u32(terminal.rows())
                    .u32(terminal.columns())
                    .build()));
        }
    }

    private interface ToChannel {
        void send(FrameChannel channel) throws IOException;
    }

    private synchronized void withChannel(ToChannel request) {
        try {
            if (current.isPresent()) {
                request.send(current.get());
            }
        } catch (IOException e) {
            LOG.debug("exec {} had ended: {}", id, e.toString());
        }
    }
}
