package dev.belay.tenancy;

import dev.belay.api.OrganisationId;
import dev.belay.api.WorkspaceId;
import java.time.Instant;

/**
 * A secret of a workspace, without its value.
 *
 * @param name what it is for: for the key of a model provider that provider's id
 * @param readable whether the master key of this server opens it
 */
public record StoredSecret(
        OrganisationId organisation, WorkspaceId workspace, String name, Instant created, boolean readable) {}
