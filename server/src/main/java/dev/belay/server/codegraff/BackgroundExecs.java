package dev.belay.server.codegraff;

import dev.belay.api.BelayException;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.Sandbox;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commands that were answered before they ended. What became of the last ones is remembered while the server runs. */
final class BackgroundExecs {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundExecs.class);
    private static final int REMEMBERED = 10_000;

    private final Map<String, Known> known = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param result empty while it runs */
    record Known(SandboxId sandbox, String outputFile, Optional<ExecResult> result) {}

    static String outputFile(String exec) {
        return "/tmp/cg-exec/" + exec + ".out";
    }

    /** Follows the exec to its end, then lets the sandbox go. */
    void follow(String id, Sandbox sandbox, Exec exec) {
        remember(id, new Known(sandbox.id(), outputFile(id), Optional.empty()));
        Thread.ofVirtual().name("background-" + exec.id()).start(() -> {
            try (sandbox) {
                ExecResult result = exec.await();
                remember(id, new Known(sandbox.id(), outputFile(id), Optional.of(result)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (BelayException e) {
                LOG.warn("the end of the background command {} could not be recorded: {}", id, e.text());
            }
        });
    }

    private synchronized void remember(String id, Known exec) {
        known.put(id, exec);
    }

    /** One of that sandbox. */
    synchronized Optional<Known> find(SandboxId sandbox, String id) {
        return Optional.ofNullable(known.get(id)).filter(one -> one.sandbox().equals(sandbox));
    }
}
