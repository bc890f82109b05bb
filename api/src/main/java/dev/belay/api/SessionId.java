package dev.belay.api;

/** One agent conversation. A UUIDv7 in its 36-character lower-case form. */
public record SessionId(String value) {
    public SessionId {
        value = IdSource.requireId(value, "SessionId");
    }

    @Override
    public String toString() {
        return value;
    }
}
