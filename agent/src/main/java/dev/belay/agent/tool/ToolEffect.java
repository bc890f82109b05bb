package dev.belay.agent.tool;

/** What calls of a tool can do, as permissions see it. */
public enum ToolEffect {
    /** Nothing outside of the agent's own memory changes. */
    READS,
    /** Files are changed, and nothing else. */
    EDITS,
    /** Anything. */
    ACTS
}
