package dev.belay.agent.permission;

/**
 * What a turn may do without asking, and how it asks.
 *
 * @param history what was asked in the turn before; of a turn that begins, a new one
 */
public record TurnPermissions(PermissionPolicy policy, Approvals approvals, AskHistory history) {}
