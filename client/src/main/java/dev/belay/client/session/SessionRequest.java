package dev.belay.client.session;

import dev.belay.api.Money;
import java.util.Optional;

/**
 * What a new session is to be; what is absent is the server's default.
 *
 * @param name unique among the workspace's sessions
 * @param model for example {@code sonnet} or {@code ollama:qwen3:8b}
 * @param workingDirectory {@code /workspace}, private to it, or {@code /workspace/NAME}, a project directory
 * @param permissionMode {@code bypassPermissions}, {@code acceptEdits}, {@code default} or {@code plan}
 * @param maxBudget what all turns may cost together
 * @param deltas whether pieces of text are told while they are written
 * @param askUser whether the agent may ask questions; somebody should be there to answer them
 */
public record SessionRequest(
        Optional<String> name,
        Optional<String> model,
        Optional<String> workingDirectory,
        Optional<String> permissionMode,
        Optional<Money> maxBudget,
        boolean deltas,
        boolean askUser) {
    /** All as the server has it. */
    public static final SessionRequest STANDARD = new SessionRequest(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false, false);
}
