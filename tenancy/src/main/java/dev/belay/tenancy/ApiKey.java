package dev.belay.tenancy;

import dev.belay.api.KeyId;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.WorkspaceId;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A key as it may be shown; not its secret.
 *
 * @param workspace where its holder works unless a face picks another workspace of the organisation
 * @param name unique among the organisation's keys that are not revoked
 * @param hint the first characters of the secret, to tell keys apart
 */
public record ApiKey(
        KeyId id,
        OrganisationId organisation,
        WorkspaceId workspace,
        String name,
        String hint,
        Set<Permission> permissions,
        Instant created,
        Optional<Instant> expires,
        Optional<Instant> revoked) {
    public ApiKey {
        permissions = Set.copyOf(permissions);
    }

    /** Whether it opens anything at that time. */
    public boolean valid(Instant now) {
        return revoked.isEmpty() && expires.map(now::isBefore).orElse(true);
    }
}
