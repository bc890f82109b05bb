package dev.belay.agent.permission;

/**
 * What a turn may do without asking, and how it asks.
 *
 * @param history what was asked in the turn before; of a turn that begins, a new one
 * @param watcher is told while the turn waits for an answer
 */
public record TurnPermissions(PermissionPolicy policy, Approvals approvals, AskHistory history, AskWatcher watcher) {}
