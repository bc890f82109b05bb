package dev.belay.sandbox.local;

import dev.belay.api.IdSource;
import dev.belay.api.SandboxException;
import dev.belay.api.SandboxId;
import dev.belay.api.SandboxUnavailableException;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxProvider;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.SandboxUsage;
import dev.belay.sandbox.disk.FileTrees;
import dev.belay.sandbox.local.wire.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sandboxes on this machine, behind the walls of the Linux kernel: bubblewrap builds them, our own process 1 runs inside. For untrusted code
 * of trusted tenants; a kernel that is shared is no wall against a hole in that kernel.
 *
 * <p>Works as root (each sandbox gets a kernel user of its own) and as a plain user. There is no way for anything to run outside of the walls:
 * where they cannot be built, {@link #create} refuses.
 */
public final class LocalProvider implements SandboxProvider {
    static final String NAME = "local";
    private static final int NONCE_BYTES = 16;

    private final Path runtimeParent;
    private final List<MountedDirectory> shared;
    private final Watchdog watchdog;
    private final SecureRandom random;
    private final IdSource ids;
    private final Set<LocalSandbox> sandboxes = ConcurrentHashMap.newKeySet();

    private final Object reportLock = new Object();

    private @Nullable RuntimeDirectory directory;
    private @Nullable Path helper;
    private @Nullable Spawner spawner;
    private @Nullable ProviderReport report;
    private boolean closed;

    /** @param runtimeDirectory where a private directory for sockets is made, at most some 50 bytes long; made if absent */
    public LocalProvider(Path runtimeDirectory) {
        this(runtimeDirectory, List.of());
    }

    /** @param shared directories of the host that every sandbox sees at {@code /mnt/NAME}, to read, as far as anyone may read them */
    public LocalProvider(Path runtimeDirectory, List<MountedDirectory> shared) {
        this(runtimeDirectory, shared, Watchdog.standard());
    }

    LocalProvider(Path runtimeDirectory, List<MountedDirectory> shared, Watchdog watchdog) {
        this.runtimeParent = runtimeDirectory.toAbsolutePath();
        this.shared = List.copyOf(shared);
        this.watchdog = watchdog;
        this.random = new SecureRandom();
        this.ids = new IdSource(InstantSource.system(), random);
    }

    /** A provider that keeps its sockets in the system's directory for temporary files. */
    public static LocalProvider open() {
        return open(List.of());
    }

    /** As {@link #open()}, with directories that every sandbox may read at {@code /mnt/NAME}. */
    public static LocalProvider open(List<MountedDirectory> shared) {
        return new LocalProvider(Path.of(System.getProperty("java.io.tmpdir")), shared);
    }

    @Override
    public String name() {
        return NAME;
    }

    /** The bubblewrap that would be used; empty if none is installed. */
    public static Optional<Bubblewrap> bubblewrap() {
        return Bubblewrap.find();
    }

    @Override
    public Sandbox create(SandboxId id, SandboxSpec spec) {
        return createLocal(id, spec);
    }

    LocalSandbox createLocal(SandboxId id, SandboxSpec spec) {
        prepare(spec);
        ControlConnection control = connect();
        try {
            byte[] nonce = new byte[NONCE_BYTES];
            random.nextBytes(nonce);
            ControlConnection.Created created = control.create(spec, shared, nonce);
            LocalSandbox sandbox =
                    new LocalSandbox(id, spec, created, control, ids, random, watchdog, sandboxes::remove);
            sandboxes.add(sandbox);
            return sandbox;
        } catch (IOException e) {
            closeAfter(control, e);
            throw new SandboxException("the sandbox could not be started: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            closeAfter(control, e);
            throw e;
        }
    }

    private static void closeAfter(ControlConnection control, Exception cause) {
        try {
            control.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    static Path workspaceOf(SandboxSpec spec) {
        return spec.state().toAbsolutePath().resolve("workspace");
    }

    static Path tmpOf(SandboxSpec spec) {
        return spec.state().toAbsolutePath().resolve("tmp");
    }

    static Path imageOf(SandboxSpec spec) {
        return spec.state().toAbsolutePath().resolve("disk.ext4");
    }

    private static void prepare(SandboxSpec spec) {
        if (!Files.isDirectory(spec.state())) {
            throw new SandboxException("the state directory of a sandbox does not exist: " + spec.state());
        }
        FileTrees.make(workspaceOf(spec));
        FileTrees.make(tmpOf(spec));
        if (spec.limits().exactDisk()) {
            DiskImage.make(imageOf(spec), spec.limits().diskBytes());
        }
    }

    private ControlConnection connect() {
        try {
            Spawner current = spawner();
            return new ControlConnection(current.connect(), watchdog, current::kill);
        } catch (IOException e) {
            throw new SandboxException("the sandbox helper cannot be reached: " + e.getMessage(), e);
        }
    }

    private synchronized Spawner spawner() {
        if (closed) {
            throw new SandboxException("the local sandbox provider is closed");
        }
        Spawner current = spawner;
        if (current == null || !current.isAlive()) {
            current = startSpawner();
            spawner = current;
        }
        return current;
    }

    private Spawner startSpawner() {
        Path bubblewrap = Bubblewrap.locate()
                .orElseThrow(() -> new SandboxUnavailableException(
                        "Bubblewrap is missing (no bwrap on the PATH). Install it, for example with: apt-get"
                                + " install bubblewrap"));
        if (directory == null || helper == null) {
            directory = RuntimeDirectory.in(runtimeParent, random);
            helper = HelperBinary.extractTo(directory.path());
        }
        try {
            Files.deleteIfExists(directory.path().resolve("spawner")); // the socket of one that was killed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // One that dies by itself is replaced at once: its successor removes what it left.
        return Spawner.start(helper, directory.path(), bubblewrap, this::replace);
    }

    private synchronized void replace(Spawner ended) {
        if (!closed && ended.equals(spawner)) {
            spawner = startSpawner();
        }
    }

    /** The process id of the helper, if one runs. */
    synchronized OptionalLong helperPid() {
        Spawner current = spawner;
        return current == null ? OptionalLong.empty() : OptionalLong.of(current.pid());
    }

    /** A helper clears away what one that was killed has left. */
    @Override
    public void cleanUp() {
        spawner();
    }

    @Override
    public SandboxUsage.Disk diskUsage(Path state) {
        Path program;
        synchronized (this) {
            spawner();
            program = Objects.requireNonNull(helper);
        }
        return DiskUsage.of(program, state);
    }

    @Override
    public ProviderReport report() {
        // A lock of its own: sandboxes are made meanwhile.
        synchronized (reportLock) {
            ProviderReport known = report;
            if (known == null) {
                known = new LocalProbe(this, ids, runtimeParent).report();
                report = known;
            }
            return known;
        }
    }

    @Override
    public void close() {
        for (LocalSandbox sandbox : sandboxes) {
            sandbox.close();
        }
        synchronized (this) {
            closed = true;
            if (spawner != null) {
                spawner.close();
            }
            if (directory != null) {
                directory.close();
            }
        }
        watchdog.close();
    }
}
