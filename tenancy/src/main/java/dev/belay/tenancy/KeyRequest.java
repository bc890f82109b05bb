package dev.belay.tenancy;

import dev.belay.api.Permission;
import dev.belay.api.WorkspaceId;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What a new key shall be.
 *
 * @param workspace one of the organisation's
 * @param permissions at least one
 * @param expires in the future; empty for never
 */
public record KeyRequest(String name, WorkspaceId workspace, Set<Permission> permissions, Optional<Instant> expires) {
    public KeyRequest {
        permissions = Set.copyOf(permissions);
    }
}
