package dev.belay.api;

/** An API key; not its secret. A UUIDv7 in its 36-character lower-case form. */
public record KeyId(String value) {
    public KeyId {
        value = IdSource.requireId(value, "KeyId");
    }

    @Override
    public String toString() {
        return value;
    }
}
