package dev.belay.sandbox.local.exec;

import dev.belay.api.ExecId;
import dev.belay.api.IdSource;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Interpreter;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.local.wire.InitConnections;
import dev.belay.sandbox.local.wire.ProgramChannel;
import java.security.SecureRandom;
import java.time.Duration;

/** All that runs in one sandbox. Safe for many threads. */
public final class LocalExecs {
    private static final Duration FOR_EVER = Duration.ofDays(30);

    private final InitConnections init;
    private final SandboxLimits limits;
    private final IdSource ids;
    private final SecureRandom random;
    private final PythonWorker python;

    /** @param limits what the sandbox may use, for who is told that it has reached them */
    public LocalExecs(InitConnections init, SandboxLimits limits, IdSource ids, SecureRandom random) {
        this.init = init;
        this.limits = limits;
        this.ids = ids;
        this.random = random;
        this.python = new PythonWorker(this::startWorker);
    }

    private Exec startWorker(ExecOutput output) {
        ExecSpec worker = ExecSpec.of("python3").in("/").withTimeout(FOR_EVER).withOutputLimit(1024);
        return begin(worker, output, ProgramChannel.DEAF, () -> Launch.worker(worker));
    }

    /** As {@link dev.belay.sandbox.Sandbox#start}. */
    public Exec start(ExecSpec exec, ExecOutput output) {
        ProgramChannel program = exec.tools().map(ToolChannel::to).orElse(ProgramChannel.DEAF);
        return begin(exec, output, program, python.launcher(exec));
    }

    /** Runs the helper's own probe as a program inside. */
    public Exec startProbe(ExecSpec exec) {
        return begin(exec, ExecOutput.NONE, ProgramChannel.DEAF, () -> Launch.probe(exec));
    }

    private Exec begin(ExecSpec exec, ExecOutput output, ProgramChannel program, LocalExec.Launcher launcher) {
        return LocalExec.start(new ExecId(ids.next()), init, exec, limits, output, program, launcher);
    }

    /** As {@link dev.belay.sandbox.Sandbox#interpreter}. */
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

    /** As {@link dev.belay.sandbox.Sandbox#prepare}. */
    public void prepare(Language language) {
        if (language == Language.PYTHON) {
            python.start();
        }
    }
}
