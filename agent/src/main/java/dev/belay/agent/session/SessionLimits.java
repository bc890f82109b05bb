package dev.belay.agent.session;

import dev.belay.sandbox.SandboxLimits;
import java.time.Duration;

/**
 * What sessions may use.
 *
 * @param concurrentTurns over all workspaces
 * @param promptBytes of one prompt in UTF-8
 * @param longestTurn the time after which a turn without its own limit ends
 */
public record SessionLimits(int concurrentTurns, int promptBytes, Duration longestTurn, SandboxLimits sandbox) {
    public static final SessionLimits DEFAULT =
            new SessionLimits(64, 1 << 20, Duration.ofHours(6), SandboxLimits.DEFAULT);
}
