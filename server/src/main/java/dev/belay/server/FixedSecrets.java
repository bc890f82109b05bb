package dev.belay.server;

import dev.belay.api.Secret;
import dev.belay.api.SecretSource;
import java.util.List;

/** Secrets that stay the same while the process runs. */
record FixedSecrets(List<Secret> secrets) implements SecretSource {
    FixedSecrets {
        secrets = List.copyOf(secrets);
    }

    @Override
    public long version() {
        return 0;
    }

    /** Never the values. */
    @Override
    public String toString() {
        return "FixedSecrets";
    }
}
