package dev.belay.agent.session;

import dev.belay.agent.budget.StartRate;
import dev.belay.sandbox.SandboxLimits;
import java.time.Duration;

/**
 * What sessions may use.
 *
 * @param concurrentTurns over all workspaces
 * @param promptBytes of one prompt in UTF-8
 * @param longestTurn the time after which a turn without its own limit ends
 * @param queuedTurns how many turns of one session may wait
 * @param idle how long a session keeps its processes without a turn; its files stay, those of a run do not
 * @param lifetime after which a session ends for good
 * @param liveSandboxes how many sandboxes of sessions run at once; beyond it the one that was idle longest is stopped
 * @param subagents how many sub-agents of one turn work at once
 * @param waitingTurns how many turns may wait for somebody's answer beside those that run at once; more of them keep their place
 * @param starts how fast one key may make sessions and send messages
 */
public record SessionLimits(
        int concurrentTurns,
        int promptBytes,
        Duration longestTurn,
        SandboxLimits sandbox,
        int queuedTurns,
        Duration idle,
        Duration lifetime,
        int liveSandboxes,
        int subagents,
        int waitingTurns,
        StartRate starts) {
    public static final SessionLimits DEFAULT = new SessionLimits(
            64,
            1 << 20,
            Duration.ofHours(6),
            SandboxLimits.DEFAULT,
            8,
            Duration.ofMinutes(30),
            Duration.ofDays(30),
            256,
            10,
            1000,
            StartRate.UNLIMITED);

    /** The same with so many turns that wait for an answer without a place. */
    public SessionLimits withWaitingTurns(int turns) {
        return with(concurrentTurns, turns);
    }

    private SessionLimits with(int running, int waiting) {
        return new SessionLimits(
                running,
                promptBytes,
                longestTurn,
                sandbox,
                queuedTurns,
                idle,
                lifetime,
                liveSandboxes,
                subagents,
                waiting,
                starts);
    }

    /** The same with so many turns at once. */
    public SessionLimits withConcurrentTurns(int turns) {
        return with(turns, waitingTurns);
    }
}
