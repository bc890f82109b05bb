package dev.belay.sandbox.registry;

import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of a sandbox, whether it runs or not.
 *
 * @param principal who made it
 * @param kept whether it stays until it is destroyed; otherwise it belongs to a session and goes with it
 * @param request what it was made of; empty for one of a session
 * @param isolation what was proven when it last started
 * @param usedMicros when it was last used
 * @param stopAtMicros when it will be stopped unless it is used
 * @param destroyAtMicros when it will be destroyed unless it is used
 */
public record KeptSandbox(
        SandboxId id,
        Scope scope,
        String principal,
        boolean kept,
        Optional<SandboxRequest> request,
        SandboxState state,
        String provider,
        String isolation,
        long createdMicros,
        long usedMicros,
        OptionalLong stopAtMicros,
        OptionalLong destroyAtMicros) {}
