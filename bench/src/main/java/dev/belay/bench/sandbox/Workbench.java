package dev.belay.bench.sandbox;

import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.bench.process.TemporaryDirectory;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.disk.FileTrees;
import dev.belay.sandbox.local.LocalProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Where the sandboxes of a run are made. */
final class Workbench implements AutoCloseable {
    /** What is run wherever a program that says something is needed. */
    static final String[] ECHO = {"/bin/sh", "-c", "echo x"};

    private final TemporaryDirectory directory;
    private final LocalProvider provider;
    private final IdSource ids = new IdSource(InstantSource.system(), new SecureRandom());
    private final int rounds;

    /** @param rounds how often what takes a millisecond is measured */
    Workbench(int rounds) throws IOException {
        this.directory = TemporaryDirectory.make("belay-bench-sandbox");
        this.provider = LocalProvider.open();
        this.rounds = rounds;
    }

    int rounds() {
        return rounds;
    }

    Path directory() {
        return directory.path();
    }

    /** A new sandbox, as the server makes one that it has not built ahead, with the standard limits. */
    Place create() {
        SandboxId id = new SandboxId(ids.next());
        Path state = FileTrees.make(directory.path().resolve(id.value()));
        return new Place(provider.create(id, new SandboxSpec(state, List.of(), SandboxLimits.DEFAULT)), state);
    }

    /** A sandbox and its state directory. */
    record Place(Sandbox sandbox, Path state) implements AutoCloseable {
        /** From now until the program's first byte is here; returns when it has ended. */
        long firstByte(ExecSpec spec) throws InterruptedException {
            long began = System.nanoTime();
            AtomicLong first = new AtomicLong();
            Exec exec = sandbox.start(spec, new ExecOutput() {
                @Override
                public void stdout(byte[] bytes) {
                    first.compareAndSet(0, System.nanoTime());
                }

                @Override
                public void stderr(byte[] bytes) {}
            });
            requireSuccess(exec.await());
            return first.get() - began;
        }

        @Override
        public void close() {
            sandbox.close();
            FileTrees.delete(state);
        }
    }

    static void requireSuccess(ExecResult result) {
        if (!result.succeeded()) {
            throw new IllegalStateException("a program ended " + result.status() + " " + result.detail() + " "
                    + result.stderr().text());
        }
    }

    @Override
    public void close() throws IOException {
        provider.close();
        directory.close();
    }
}
