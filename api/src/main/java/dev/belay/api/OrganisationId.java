package dev.belay.api;

/** A company or team that owns workspaces and keys. A UUIDv7 in its 36-character lower-case form. */
public record OrganisationId(String value) {
    public OrganisationId {
        value = IdSource.requireId(value, "OrganisationId");
    }

    @Override
    public String toString() {
        return value;
    }
}
