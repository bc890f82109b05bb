package dev.belay.api.event;

/** The life of a sandbox. */
public sealed interface SandboxEvent extends EventBody {
    /** @param isolation the isolation level that was proven when it started */
    record Created(String provider, String isolation) implements SandboxEvent {}

    /** Its processes are gone, its files stay. */
    record Stopped(String reason) implements SandboxEvent {}

    /** @param isolation the isolation level that was proven when it started again */
    record Started(String isolation) implements SandboxEvent {}

    record Destroyed(String reason) implements SandboxEvent {}
}
