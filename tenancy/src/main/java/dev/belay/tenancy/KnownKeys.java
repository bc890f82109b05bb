package dev.belay.tenancy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Remembers keys that were found, by their hash, so that most requests need no query. A key that is forgotten on revocation stays forgotten:
 * what was looked up before that is not remembered after it. Only the process that owns the database may keep one.
 */
final class KnownKeys {
    private static final int MOST = 10_000;

    private final Map<String, ApiKey> byHash = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ApiKey> eldest) {
            return size() > MOST;
        }
    };
    private long revocations;

    /** The key of that hash, looked up if it is not remembered. */
    Optional<ApiKey> find(String hash, Supplier<Optional<ApiKey>> lookup) {
        long seen;
        synchronized (byHash) {
            ApiKey known = byHash.get(hash);
            if (known != null) {
                return Optional.of(known);
            }
            seen = revocations;
        }
        Optional<ApiKey> found = lookup.get();
        found.ifPresent(key -> {
            synchronized (byHash) {
                if (revocations == seen) {
                    byHash.put(hash, key);
                }
            }
        });
        return found;
    }

    /** Forgets the key that {@code revoked} replaces. */
    void forget(ApiKey revoked) {
        synchronized (byHash) {
            revocations++;
            byHash.values().removeIf(key -> key.id().equals(revoked.id()));
        }
    }
}
