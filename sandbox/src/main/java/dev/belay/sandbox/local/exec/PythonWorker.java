package dev.belay.sandbox.local.exec;

import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Program;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The warm parent of a sandbox's Python programs. It is started in the background by the second program that could use it, or ahead; until it
 * is ready, and where it cannot run, programs start without it. Safe for many threads.
 */
final class PythonWorker {
    private static final Logger LOG = LoggerFactory.getLogger(PythonWorker.class);
    private static final int USES_BEFORE_IT_PAYS = 2;
    private static final int MOST_STARTS = 10;

    private final Function<ExecOutput, Exec> starter;
    private int uses;
    private int starts;
    private boolean started;
    private volatile boolean ready;

    /** @param starter starts the worker's process */
    PythonWorker(Function<ExecOutput, Exec> starter) {
        this.starter = starter;
    }

    /** Whether a fork can be asked for. */
    boolean isReady() {
        return ready;
    }

    /** How the exec is to be asked for; counts as a use if it is Python. */
    LocalExec.Launcher launcher(ExecSpec exec) {
        boolean python = exec.program() instanceof Program.Code code
                && code.language() == Language.PYTHON
                && exec.terminal().isEmpty();
        if (python && !ready) {
            used();
        }
        return new Attempts(python && ready, forked -> Launch.of(exec, forked));
    }

    private synchronized void used() {
        if (++uses >= USES_BEFORE_IT_PAYS) {
            start();
        }
    }

    /** Starts it, unless it runs or has died too often. */
    synchronized void start() {
        if (started || starts >= MOST_STARTS) {
            return;
        }
        started = true;
        starts++;
        Exec worker = starter.apply(new ExecOutput() {
            @Override
            public void stdout(byte[] bytes) {
                ready = true; // all that it ever says
            }

            @Override
            public void stderr(byte[] bytes) {}
        });
        Thread.ofVirtual().name("worker-" + worker.id()).start(() -> follow(worker));
    }

    private void follow(Exec worker) {
        try {
            ExecResult result = worker.await();
            LOG.debug(
                    "the Python worker ended: {} {}",
                    result.status(),
                    result.stderr().text());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // nobody does
        } finally {
            synchronized (this) {
                ready = false;
                started = false;
            }
        }
    }
}
