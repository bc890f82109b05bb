package dev.belay.tenancy;

import dev.belay.api.OrganisationId;
import dev.belay.api.WorkspaceId;
import java.time.Instant;

/** The tenant unit inside an organisation; its name is unique there. */
public record Workspace(WorkspaceId id, OrganisationId organisation, String name, Instant created) {}
