package dev.belay.api;

/** One command or program run in a sandbox. A UUIDv7 in its 36-character lower-case form. */
public record ExecId(String value) {
    public ExecId {
        value = IdSource.requireId(value, "ExecId");
    }

    @Override
    public String toString() {
        return value;
    }
}
