package dev.belay.api;

/** One sandbox. A UUIDv7 in its 36-character lower-case form. */
public record SandboxId(String value) {
    public SandboxId {
        value = IdSource.requireId(value, "SandboxId");
    }

    @Override
    public String toString() {
        return value;
    }
}
