package dev.belay.server;

import dev.belay.api.Secret;
import dev.belay.api.SecretSource;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;

/** The token that lets the local command line into a running server. New at each start, and a secret like any other. */
record LocalToken(String value) implements SecretSource {
    private static final int RANDOM_BYTES = 32;

    static LocalToken generate() {
        byte[] bytes = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bytes);
        return new LocalToken("blt_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    @Override
    public List<Secret> secrets() {
        return List.of(new Secret("local_token", value));
    }

    @Override
    public long version() {
        return 0;
    }

    /** Never the value. */
    @Override
    public String toString() {
        return "LocalToken";
    }
}
