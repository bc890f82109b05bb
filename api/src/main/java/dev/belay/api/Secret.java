package dev.belay.api;

/** A value that must never be stored, logged or sent: redaction looks for it. {@code name} says which it is and may be shown. */
public record Secret(String name, String value) {
    /** Never the value, so that a secret that is printed by mistake is not told. */
    @Override
    public String toString() {
        return "Secret[" + name + "]";
    }
}
