package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.BelayException;
import dev.belay.sandbox.ExecResult;
import dev.belay.store.StoredJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the two {@code mcp__sandbox__} tools answer: one JSON object (contract: cloud-agent 2.1). */
final class ExecuteOutcome {
    private ExecuteOutcome() {}

    /** What ran: its output and exit code, or why it did not come to an end by itself with what it had printed until then. */
    static ToolOutcome of(ExecResult result) {
        ShownOutput shown = ShownOutput.of(result);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", result.succeeded() ? "success" : "error");
        Optional<ExecEnding> ending = ExecEnding.of(result);
        ending.ifPresent(known -> {
            json.put("error", known.text());
            json.put("error_type", known.type());
        });
        json.put("stdout", shown.stdout().text());
        json.put("stderr", shown.stderr().text());
        switch (result.status()) {
            case EXITED -> json.put("exit_code", result.exitCode().orElse(0));
            // As a shell would say it.
            case SIGNALED -> json.put("exit_code", 128 + result.signal().orElse(0));
            case TIMED_OUT, CANCELLED, OUT_OF_MEMORY, FILE_TOO_LARGE, DISK_FULL, NOT_STARTED, SANDBOX_DIED -> {}
        }
        json.put("execution_id", result.id().value());
        json.put("duration_ms", result.duration().toMillis());
        if (result.stateLost()) {
            json.put("state_lost", true);
        }
        return new ToolOutcome(StoredJson.encode(json), !result.succeeded(), shown.cutBytes());
    }

    /** What could not run at all. */
    static ToolOutcome failed(String text, String type, String executionId) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", "error");
        json.put("error", text);
        json.put("error_type", type);
        json.put("execution_id", executionId);
        return ToolOutcome.error(StoredJson.encode(json));
    }

    /** What could not run at all because something refused. */
    static ToolOutcome failed(BelayException refused, String executionId) {
        return failed(
                refused.text(), refused.getClass().getSimpleName().replaceFirst("Exception$", "Error"), executionId);
    }
}
