package dev.belay.tenancy;

/** A key just made, with its secret: the only time that the secret is known. */
public record IssuedKey(ApiKey key, String secret) {
    /** Never the secret, so that an issued key that is printed by mistake tells nothing. */
    @Override
    public String toString() {
        return "IssuedKey[" + key + "]";
    }
}
