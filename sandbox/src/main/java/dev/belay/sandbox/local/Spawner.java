package dev.belay.sandbox.local;

import dev.belay.api.SandboxException;
import dev.belay.api.SandboxUnavailableException;
import dev.belay.sandbox.local.wire.FrameChannel;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resident helper process, the parent of every sandbox. It has an empty environment, and its standard input is its life line: when this
 * process ends, however it ends, the helper kills its sandboxes, cleans up and ends too.
 */
final class Spawner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Spawner.class);

    private final Process process;
    private final Path socket;

    private Spawner(Process process, Path socket) {
        this.process = process;
        this.socket = socket;
    }

    /** @param onExit told when it has ended, however that came */
    static Spawner start(Path helper, Path directory, Path bubblewrap, Consumer<Spawner> onExit) {
        ProcessBuilder builder = new ProcessBuilder(
                        helper.toString(), "spawner", directory.toString(), bubblewrap.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().clear();
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new SandboxUnavailableException("The sandbox helper in " + directory
                    + " could not be started (is that file system mounted noexec?): " + e.getMessage());
        }
        BufferedReader output = process.inputReader();
        String first;
        try {
            first = output.readLine();
        } catch (IOException e) {
            process.destroyForcibly();
            throw new SandboxException("the sandbox helper did not start", e);
        }
        if (!"ready".equals(first)) {
            process.destroyForcibly();
            throw new SandboxUnavailableException("The sandbox helper did not start: " + first);
        }
        Spawner spawner = new Spawner(process, directory.resolve("spawner"));
        Thread.ofPlatform().daemon().name("sandbox-helper-log").start(() -> spawner.follow(output, onExit));
        return spawner;
    }

    private void follow(BufferedReader output, Consumer<Spawner> onExit) {
        try {
            String line;
            while ((line = output.readLine()) != null) {
                LOG.warn("sandbox helper: {}", line);
            }
        } catch (IOException e) {
            LOG.debug("sandbox helper closed its output: {}", e.toString());
        }
        process.onExit().join();
        onExit.accept(this);
    }

    /** A connection for one sandbox. */
    FrameChannel connect() throws IOException {
        return FrameChannel.connect(socket);
    }

    /** For one that has hung. Its sandboxes die with it. */
    void kill() {
        LOG.error("the sandbox helper does not answer and is killed, and its sandboxes with it");
        process.destroyForcibly();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Its process id, for who wants to watch or to test it. */
    long pid() {
        return process.pid();
    }

    /** Cuts the life line and waits until everything is gone. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            LOG.debug("the sandbox helper's life line was closed already: {}", e.toString());
        }
        boolean interrupted = false;
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                LOG.warn("the sandbox helper did not end in 10 s and is killed");
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            interrupted = true;
            process.destroyForcibly();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
