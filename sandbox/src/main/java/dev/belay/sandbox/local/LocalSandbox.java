package dev.belay.sandbox.local;

import dev.belay.api.IdSource;
import dev.belay.api.SandboxException;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Interpreter;
import dev.belay.sandbox.Isolation;
import dev.belay.sandbox.Isolation.Property;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.SandboxUsage;
import dev.belay.sandbox.local.exec.LocalExecs;
import dev.belay.sandbox.local.files.LocalFiles;
import dev.belay.sandbox.local.wire.InitConnections;
import dev.belay.sandbox.local.wire.Watchdog;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One sandbox on this machine. */
final class LocalSandbox implements Sandbox {
    private static final Logger LOG = LoggerFactory.getLogger(LocalSandbox.class);

    private final SandboxId id;
    private final ControlConnection.Created created;
    private final ControlConnection control;
    private final Consumer<LocalSandbox> onClose;
    private final InitConnections init;
    private final LocalFiles files;
    private final LocalExecs execs;
    private boolean closed;

    LocalSandbox(
            SandboxId id,
            SandboxSpec spec,
            ControlConnection.Created created,
            ControlConnection control,
            IdSource ids,
            SecureRandom random,
            Watchdog watchdog,
            Consumer<LocalSandbox> onClose) {
        this.id = id;
        this.created = created;
        this.control = control;
        this.onClose = onClose;
        this.init = new InitConnections(created.socket(), watchdog, this::close);
        this.files = new LocalFiles(init);
        this.execs = new LocalExecs(init, spec.limits(), ids, random);
    }

    @Override
    public SandboxId id() {
        return id;
    }

    /** The kernel user that this sandbox runs as. */
    int kernelUser() {
        return created.kernelUser();
    }

    /** Where its process 1 listens. */
    Path socket() {
        return created.socket();
    }

    @Override
    public boolean isHeld() {
        return control.isHeld();
    }

    @Override
    public boolean isAlive() {
        return init.ping();
    }

    @Override
    public SandboxUsage usage() {
        try {
            return control.usage();
        } catch (IOException e) {
            throw new SandboxException(init.whyItEnded(), e);
        }
    }

    @Override
    public Isolation isolation() {
        boolean bounded = created.memoryCgroup() > 0 && created.processCgroup() > 0;
        return new Isolation(
                bounded ? IsolationLevel.FULL : IsolationLevel.RESTRICTED,
                List.of(
                        new Property("namespaces", true, "user mnt pid net ipc uts cgroup, each its own by inode"),
                        new Property("no_new_privileges", true, "set"),
                        new Property("capabilities", true, "all sets empty"),
                        new Property("seccomp", true, "filter in force"),
                        new Property("kernel_user", true, kernelUser(created.kernelUser())),
                        limit("memory_limit", created.memoryCgroup(), "rlimit per process"),
                        limit("process_limit", created.processCgroup(), "rlimit per user"),
                        limit("cpu_limit", created.cpuCgroup(), "none")));
    }

    /** The helper works nowhere else as user 0: the kernel's own root it takes only to become other users. */
    private static String kernelUser(int id) {
        return "uid " + id + (id == 0 ? " of a container, on the host an ordinary user" : "");
    }

    static Property limit(String name, int cgroup, String otherwise) {
        return new Property(name, cgroup > 0, cgroup > 0 ? "cgroup v" + cgroup : otherwise);
    }

    @Override
    public Exec start(ExecSpec exec, ExecOutput output) {
        return execs.start(exec, output);
    }

    /** Runs the helper's own probe as a program inside. */
    Exec startProbe(ExecSpec exec) {
        return execs.startProbe(exec);
    }

    @Override
    public Interpreter interpreter(Language language, String directory) {
        return execs.interpreter(language, directory);
    }

    @Override
    public void prepare(Language language) {
        execs.prepare(language);
    }

    @Override
    public SandboxFiles files() {
        return files;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        // An interrupt would cut the wait short and leave the caller with a sandbox that is not gone yet.
        boolean interrupted = Thread.interrupted();
        try (control) {
            control.destroy();
        } catch (IOException e) {
            // The helper is gone; its sandboxes went with it.
            LOG.debug("sandbox {} was gone already: {}", id, e.toString());
        }
        onClose.accept(this);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
