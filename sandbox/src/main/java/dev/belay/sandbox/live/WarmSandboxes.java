package dev.belay.sandbox.live;

import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxProvider;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sandboxes that are built before someone asks, so that nobody waits for the walls. Each is empty, has belonged to nobody, goes to one owner
 * and is destroyed after it. Safe for many threads.
 */
public final class WarmSandboxes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WarmSandboxes.class);

    private final SandboxProvider provider;
    private final IdSource ids;
    private final Path directory;
    private final SandboxLimits limits;
    private final int size;
    private final ArrayDeque<SandboxFactory.Built> ready = new ArrayDeque<>();
    private @Nullable Thread filling;
    private boolean closed;

    /**
     * @param directory where the sandboxes' state directories are made
     * @param limits what they may use; whoever needs others gets none from here
     * @param size how many wait at most
     */
    public WarmSandboxes(SandboxProvider provider, IdSource ids, Path directory, SandboxLimits limits, int size) {
        this.provider = provider;
        this.ids = ids;
        this.directory = directory;
        this.limits = limits;
        this.size = size;
    }

    /** One that fits and is alive; empty if none waits. A new one is built behind it. */
    public Optional<SandboxFactory.Built> take(List<MountedDirectory> directories, SandboxLimits wanted) {
        if (!directories.isEmpty() || !wanted.equals(limits)) {
            return Optional.empty();
        }
        Optional<SandboxFactory.Built> taken;
        synchronized (this) {
            taken = Optional.ofNullable(ready.poll());
        }
        fill();
        return taken.filter(WarmSandboxes::stands);
    }

    /** The helper may have died since it was built, and all sandboxes with it. */
    private static boolean stands(SandboxFactory.Built built) {
        if (built.sandbox().isHeld()) {
            return true;
        }
        LOG.info("a waiting sandbox is gone");
        built.destroy();
        return false;
    }

    /** Builds what is missing, in the background, one after the other. */
    public synchronized void fill() {
        if (!closed && filling == null && ready.size() < size) {
            filling = Thread.ofVirtual().name("sandbox-warm-up").start(this::fillUp);
        }
    }

    private void fillUp() {
        try {
            while (true) {
                SandboxId id = new SandboxId(ids.next());
                SandboxFactory.Built built = SandboxFactory.build(provider, id, directory, List.of(), limits);
                synchronized (this) {
                    if (!closed) {
                        ready.add(built);
                        if (ready.size() < size) {
                            continue;
                        }
                        filling = null;
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
                filling = null;
            }
        }
    }

    /** Destroys those that wait and the one that is being built. */
    @Override
    public void close() {
        List<SandboxFactory.Built> left;
        Thread building;
        synchronized (this) {
            closed = true;
            left = List.copyOf(ready);
            ready.clear();
            building = filling;
        }
        for (SandboxFactory.Built built : left) {
            try {
                built.destroy();
            } catch (BelayException e) {
                LOG.warn("a waiting sandbox could not be taken down: {}", e.text());
            }
        }
        if (building != null) {
            awaitEnd(building);
        }
    }

    /** Else it would still make files where its owner expects that nothing is left. */
    private static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
