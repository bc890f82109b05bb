package dev.belay.sandbox.local;

import dev.belay.api.ExecId;
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
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One sandbox on this machine. */
final class LocalSandbox implements Sandbox {
    private static final Logger LOG = LoggerFactory.getLogger(LocalSandbox.class);
    private static final Duration FOR_EVER = Duration.ofDays(30);

    private final SandboxId id;
    private final SandboxSpec spec;
    private final ControlConnection.Created created;
    private final ControlConnection control;
    private final IdSource ids;
    private final Consumer<LocalSandbox> onClose;
    private final InitConnections init;
    private final LocalFiles files;
    private final PythonWorker python;
    private final SecureRandom random;
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
        this.spec = spec;
        this.created = created;
        this.control = control;
        this.ids = ids;
        this.onClose = onClose;
        this.random = random;
        this.init = new InitConnections(created.socket(), watchdog, this::close);
        this.files = new LocalFiles(init);
        this.python = new PythonWorker(this::startWorker);
    }

    private Exec startWorker(ExecOutput output) {
        ExecSpec worker = ExecSpec.of("python3").in("/").withTimeout(FOR_EVER).withOutputLimit(1024);
        return begin(worker, output, ProgramChannel.DEAF, () -> Launch.worker(worker));
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
        ProgramChannel program = exec.tools().map(ToolChannel::to).orElse(ProgramChannel.DEAF);
        return begin(exec, output, program, python.launcher(exec));
    }

    /** Runs the helper's own probe as a program inside. */
    Exec startProbe(ExecSpec exec) {
        return begin(exec, ExecOutput.NONE, ProgramChannel.DEAF, () -> Launch.probe(exec));
    }

    private Exec begin(ExecSpec exec, ExecOutput output, ProgramChannel program, LocalExec.Launcher launcher) {
        return LocalExec.start(new ExecId(ids.next()), init, exec, spec.limits(), output, program, launcher);
    }

    @Override
    public Interpreter interpreter(Language language, String directory) {
        ExecSpec process = ExecSpec.code(language, "").in(directory).withTimeout(FOR_EVER);
        return new LocalInterpreter(language, ids, random, (output, program) -> {
            boolean forked = language == Language.PYTHON && python.isReady();
            return begin(
                    process,
                    output,
                    program,
                    new Attempts(forked, ready -> Launch.interpreter(process, language, ready)));
        });
    }

    @Override
    public void prepare(Language language) {
        if (language == Language.PYTHON) {
            python.start();
        }
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
