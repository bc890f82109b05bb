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
}
