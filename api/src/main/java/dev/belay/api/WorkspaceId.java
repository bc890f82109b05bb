package dev.belay.api;

/** The tenant unit inside an organisation. A UUIDv7 in its 36-character lower-case form. */
public record WorkspaceId(String value) {
    public WorkspaceId {
        value = IdSource.requireId(value, "WorkspaceId");
    }

    @Override
    public String toString() {
        return value;
    }
}
