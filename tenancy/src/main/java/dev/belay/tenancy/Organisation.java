package dev.belay.tenancy;

import dev.belay.api.OrganisationId;
import java.time.Instant;

/** A company or team that owns workspaces and keys. */
public record Organisation(OrganisationId id, String name, Instant created) {}
