package dev.belay.api.event;

/** What happened, in families. {@link SubagentEvent} tells what a sub-agent did, {@link Foreign} stands for what an outside agent sent
 * and for kinds that this version does not know. */
public sealed interface EventBody
        permits SessionEvent,
                TurnEvent,
                MessageEvent,
                ToolEvent,
                ModelEvent,
                SandboxEvent,
                ExecEvent,
                FileEvent,
                AccessEvent,
                SubagentEvent,
                Foreign {}
