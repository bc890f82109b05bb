package dev.belay.agent.mcp;

import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Program;
import dev.belay.sandbox.Sandbox;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A program in the sandbox: a line on its standard input or output is a message. What it says on standard error is for people. */
final class StdioWire implements Wire {
    private static final int STDERR_KEPT = 2000;

    private final Sandbox sandbox;
    private final ExecSpec spec;
    private final ReentrantLock writing = new ReentrantLock();
    private @Nullable Exec exec;
    private @Nullable Thread watch;

    StdioWire(Sandbox sandbox, McpServer.Stdio server, String directory, Duration life) {
        this.sandbox = sandbox;
        List<String> argv = Stream.concat(Stream.of(server.command()), server.args().stream())
                .toList();
        this.spec = new ExecSpec(
                new Program.Command(argv),
                server.env(),
                directory,
                new byte[0],
                true,
                life,
                1024,
                Optional.empty(),
                Optional.empty());
    }

    @Override
    public void open(Receiver receiver) {
        Output output = new Output(receiver);
        Exec started = sandbox.start(spec, output);
        exec = started;
        watch = Thread.ofVirtual().name("mcp-" + started.id()).start(() -> {
            try {
                receiver.ended(output.ending(started.await()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // nobody does
            } catch (RuntimeException e) {
                receiver.ended("its sandbox has ended");
            }
        });
    }

    @Override
    public void send(String json, BooleanSupplier answered) throws IOException, InterruptedException {
        Exec running = exec;
        if (running == null) {
            throw new IOException("it was not started");
        }
        byte[] line = (json + "\n").getBytes(StandardCharsets.UTF_8);
        writing.lockInterruptibly();
        try {
            running.write(line);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void speaks(String version) {
        // Only HTTP repeats it.
    }

    @Override
    public void close() {
        Exec running = exec;
        Thread watcher = watch;
        if (running == null || watcher == null) {
            return;
        }
        running.cancel();
        boolean interrupted = false;
        while (watcher.isAlive()) {
            try {
                watcher.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Puts lines together; calls do not overlap. */
    private static final class Output implements ExecOutput {
        private final Receiver receiver;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private final StringBuilder stderr = new StringBuilder();
        private boolean overlong;

        Output(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void stdout(byte[] bytes) {
            int start = 0;
            for (int i = 0; i < bytes.length && !overlong; i++) {
                if (bytes[i] == '\n') {
                    line.write(bytes, start, i - start);
                    start = i + 1;
                    String text = line.toString(StandardCharsets.UTF_8).strip();
                    line.reset();
                    if (!text.isEmpty()) {
                        receiver.message(text);
                    }
                }
            }
            if (!overlong) {
                line.write(bytes, start, bytes.length - start);
            }
            if (line.size() > LARGEST_MESSAGE) {
                overlong = true;
                line.reset();
                receiver.ended("it sent a message of more than " + LARGEST_MESSAGE + " bytes");
                throw new IllegalStateException("a message of an MCP server is too large");
            }
        }

        @Override
        public synchronized void stderr(byte[] bytes) {
            stderr.append(new String(bytes, StandardCharsets.UTF_8));
            stderr.delete(0, Math.max(0, stderr.length() - STDERR_KEPT));
        }

        synchronized String ending(ExecResult result) {
            String how = result.exitCode().isPresent()
                    ? "it ended with exit code " + result.exitCode().getAsInt()
                    : "it ended (" + result.status().word() + (result.detail().isEmpty() ? "" : ": " + result.detail())
                            + ")";
            String said = stderr.toString().strip();
            return said.isEmpty() ? how : how + ", and last said: " + said;
        }
    }
}
