package dev.belay.server.codegraff;

import dev.belay.sandbox.ExecResult;
import dev.belay.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/** How a command ended, as the gateway tells it. Whatever its exit code, this is a result and no error (contract: CodeGraff 4.3). */
public final class ExecJson {
    private static final int TIMED_OUT = 124;
    private static final int NOT_STARTED = 127;
    private static final int SIGNALED = 128;
    private static final int KILLED = SIGNALED + 9;

    private ExecJson() {}

    /** The whole result. */
    public static ObjectNode of(ExecResult result) {
        ObjectNode json = Json.object()
                .put("exitCode", exitCode(result))
                .put("result", text(result))
                .put("truncated", result.stdout().cutBytes() > 0)
                .put("status", result.status().word())
                .put("execId", result.id().value())
                .put("durationMs", result.duration().toMillis());
        if (!result.detail().isEmpty()) {
            json.put("detail", result.detail());
        }
        return json;
    }

    /** As a shell would say it. */
    static int exitCode(ExecResult result) {
        return switch (result.status()) {
            case EXITED -> result.exitCode().orElse(0);
            case SIGNALED -> SIGNALED + result.signal().orElse(0);
            case TIMED_OUT -> TIMED_OUT;
            case NOT_STARTED -> NOT_STARTED;
            case CANCELLED, OUT_OF_MEMORY, FILE_TOO_LARGE, DISK_FULL, SANDBOX_DIED -> KILLED;
        };
    }

    private static String text(ExecResult result) {
        String said = result.stdout().text() + result.stderr().text();
        boolean silent = said.isEmpty() && result.status() != ExecResult.Status.EXITED;
        return silent ? result.detail() : said;
    }
}
