package dev.belay.api.event;

import dev.belay.api.SandboxId;
import dev.belay.api.SessionId;
import dev.belay.api.WorkspaceId;

/** Names a stream: the ordered events of one session, one sandbox, or one workspace (what was done to its keys, secrets and settings). */
public record StreamId(Kind kind, String id) {
    /** What a stream is about. */
    public enum Kind {
        SESSION,
        SANDBOX,
        WORKSPACE
    }

    public static StreamId of(SessionId session) {
        return new StreamId(Kind.SESSION, session.value());
    }

    public static StreamId of(SandboxId sandbox) {
        return new StreamId(Kind.SANDBOX, sandbox.value());
    }

    public static StreamId of(WorkspaceId workspace) {
        return new StreamId(Kind.WORKSPACE, workspace.value());
    }
}
