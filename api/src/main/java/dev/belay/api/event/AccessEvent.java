package dev.belay.api.event;

import dev.belay.api.KeyId;
import dev.belay.api.Permission;
import java.util.OptionalLong;
import java.util.Set;

/** What was done to the keys, secrets and settings of a workspace. */
public sealed interface AccessEvent extends EventBody {
    record WorkspaceCreated(String name) implements AccessEvent {}

    record KeyCreated(KeyId key, String name, Set<Permission> permissions, OptionalLong expiresMicros)
            implements AccessEvent {}

    record KeyRevoked(KeyId key) implements AccessEvent {}

    /** A secret was stored, or another value put in its place. */
    record SecretSet(String name) implements AccessEvent {}

    record SecretRemoved(String name) implements AccessEvent {}
}
