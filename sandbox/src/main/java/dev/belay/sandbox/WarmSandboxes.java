package dev.belay.sandbox;

import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sandboxes that are built before someone asks, so that nobody waits for the walls. Each is empty, has belonged to nobody, goes to one owner
 * and is destroyed after it. Safe for many threads.
 */
final class WarmSandboxes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WarmSandboxes.class);

    private final SandboxProvider provider;
    private final IdSource ids;
    private final Path directory;
    private final SandboxLimits limits;
    private final int size;
    private final ArrayDeque<Built> ready = new ArrayDeque<>();
    private boolean filling;
    private boolean closed;

    /**
     * @param directory where the sandboxes' state directories are made
     * @param limits what they may use; whoever needs others gets none from here
     * @param size how many wait at most
     */
    WarmSandboxes(SandboxProvider provider, IdSource ids, Path directory, SandboxLimits limits, int size) {
        this.provider = provider;
        this.ids = ids;
        this.directory = directory;
        this.limits = limits;
        this.size = size;
    }

    /** A sandbox without an owner, and its state directory. */
    record Built(Sandbox sandbox, Path state) {
        void destroy() {
            sandbox.close();
            FileTrees.delete(state);
        }
    }

    /** One that fits and is alive; empty if none waits. A new one is built behind it. */
    Optional<Built> take(List<MountedDirectory> directories, SandboxLimits wanted) {
        if (!directories.isEmpty() || !wanted.equals(limits)) {
            return Optional.empty();
        }
        Optional<Built> taken;
        synchronized (this) {
            taken = Optional.ofNullable(ready.poll());
        }
        fill();
        return taken.filter(WarmSandboxes::answers);
    }

    /** The helper may have died since it was built, and all sandboxes with it. */
    private static boolean answers(Built built) {
        try {
            built.sandbox().files().stat("/workspace");
            return true;
        } catch (BelayException e) {
            LOG.info("a waiting sandbox does not answer any more: {}", e.text());
            built.destroy();
            return false;
        }
    }

    /** Builds what is missing, in the background, one after the other. */
    synchronized void fill() {
        if (!closed && !filling && ready.size() < size) {
            filling = true;
            Thread.ofVirtual().name("sandbox-warm-up").start(this::fillUp);
        }
    }

    private void fillUp() {
        try {
            while (true) {
                SandboxId id = new SandboxId(ids.next());
                Built built = build(provider, id, directory, List.of(), limits);
                synchronized (this) {
                    if (!closed) {
                        ready.add(built);
                        if (ready.size() < size) {
                            continue;
                        }
                        filling = false;
                        return;
                    }
                }
                built.destroy();
                return;
            }
        } catch (RuntimeException e) {
            // Whoever needs a sandbox now builds one, and is told why that cannot be.
            LOG.info("no sandbox was built ahead: {}", e.toString());
            synchronized (this) {
                filling = false;
            }
        }
    }

    static Built build(
            SandboxProvider provider,
            SandboxId id,
            Path directory,
            List<MountedDirectory> directories,
            SandboxLimits limits) {
        Path state = FileTrees.make(directory.resolve(id.value()));
        try {
            return new Built(provider.create(id, new SandboxSpec(state, directories, limits)), state);
        } catch (RuntimeException | Error e) {
            FileTrees.delete(state);
            throw e;
        }
    }

    /** Destroys those that wait. */
    @Override
    public void close() {
        List<Built> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(ready);
            ready.clear();
        }
        left.forEach(Built::destroy);
    }
}
