package dev.belay.api;

/** One prompt until the session is idle again. A UUIDv7 in its 36-character lower-case form. */
public record TurnId(String value) {
    public TurnId {
        value = IdSource.requireId(value, "TurnId");
    }

    @Override
    public String toString() {
        return value;
    }
}
