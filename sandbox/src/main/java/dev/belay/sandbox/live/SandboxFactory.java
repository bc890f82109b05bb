package dev.belay.sandbox.live;

import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxProvider;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.disk.FileTrees;
import java.nio.file.Path;
import java.util.List;

/** Builds sandboxes, or takes one that was built ahead, each with a state directory of its own. Safe for many threads. */
public final class SandboxFactory implements AutoCloseable {
    private final SandboxProvider provider;
    private final IdSource ids;
    private final Path directory;
    private final WarmSandboxes warm;

    /** @param directory where the state directories are made, each named like its sandbox */
    public SandboxFactory(SandboxProvider provider, IdSource ids, Path directory, WarmSandboxes warm) {
        this.provider = provider;
        this.ids = ids;
        this.directory = directory;
        this.warm = warm;
    }

    /** A sandbox that nobody has a record of yet, and its state directory. */
    public record Built(Sandbox sandbox, Path state, List<MountedDirectory> directories, SandboxLimits limits) {
        public void destroy() {
            sandbox.close();
            FileTrees.delete(state);
        }
    }

    public void warmUp() {
        warm.fill();
    }

    public Built create(List<MountedDirectory> directories, SandboxLimits limits) {
        return warm.take(directories, limits)
                .orElseGet(() -> build(provider, new SandboxId(ids.next()), directory, directories, limits));
    }

    /** Over the files that it left when it was stopped. */
    public Built again(SandboxId id, List<MountedDirectory> directories, SandboxLimits limits) {
        Path state = FileTrees.make(stateOf(id));
        return new Built(provider.create(id, new SandboxSpec(state, directories, limits)), state, directories, limits);
    }

    public Path stateOf(SandboxId id) {
        return directory.resolve(id.value());
    }

    public static Built build(
            SandboxProvider provider,
            SandboxId id,
            Path directory,
            List<MountedDirectory> directories,
            SandboxLimits limits) {
        Path state = FileTrees.make(directory.resolve(id.value()));
        try {
            return new Built(
                    provider.create(id, new SandboxSpec(state, directories, limits)), state, directories, limits);
        } catch (RuntimeException | Error e) {
            FileTrees.delete(state);
            throw e;
        }
    }

    @Override
    public void close() {
        warm.close();
    }
}
