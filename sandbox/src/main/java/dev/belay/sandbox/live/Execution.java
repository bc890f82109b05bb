package dev.belay.sandbox.live;

import dev.belay.api.ExecId;

/** An exec that has not ended. */
public record Execution(ExecId id, String command, String directory, String principal, long startedMicros) {}
