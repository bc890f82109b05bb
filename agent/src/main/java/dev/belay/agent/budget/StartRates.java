package dev.belay.agent.budget;

import dev.belay.api.EpochMicros;
import dev.belay.api.OrganisationId;
import dev.belay.api.RateLimitException;
import dev.belay.api.Scope;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Holds each key to the rate at which it may begin work (contract: Cloud Agent 1.2 row 38 and 1.3): a run, a session, a message. Nothing of it
 * outlives this process. Safe for many threads.
 */
public final class StartRates {
    /** Beyond so many keys the one that was used longest ago is forgotten, and begins anew. */
    private static final int MOST_KEYS = 10_000;

    private final StartRate rate;
    private final InstantSource clock;
    private final Map<Key, Bucket> buckets = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Bucket> eldest) {
            return size() > MOST_KEYS;
        }
    };

    private record Key(OrganisationId organisation, String principal) {}

    private static final class Bucket {
        private double tokens;
        private long filledMicros;
    }

    public StartRates(StartRate rate, InstantSource clock) {
        this.rate = rate;
        this.clock = clock;
    }

    /** Counts a piece of work. @throws RateLimitException if the scope's principal began too many of late; then it does not count */
    public void take(Scope scope) {
        if (rate.perSecond() <= 0) {
            return;
        }
        double missing;
        synchronized (buckets) {
            Bucket bucket =
                    filled(new Key(scope.organisation(), scope.principal().name()));
            missing = 1 - bucket.tokens;
            if (missing <= 0) {
                bucket.tokens--;
                return;
            }
        }
        Duration wait = Duration.ofNanos(Math.max(1, (long) Math.ceil(missing / rate.perSecond() * 1e9)));
        throw new RateLimitException(
                "this key begins more runs, sessions and messages than limits.starts_per_s ("
                        + number(rate.perSecond()) + ") and limits.starts_burst (" + rate.burst()
                        + ") allow; try again in " + Math.ceilDiv(wait.toMillis() + 1, 1000) + " s",
                wait);
    }

    private Bucket filled(Key key) {
        long now = EpochMicros.now(clock);
        Bucket known = buckets.get(key);
        if (known == null) {
            Bucket bucket = new Bucket();
            bucket.tokens = rate.burst();
            bucket.filledMicros = now;
            buckets.put(key, bucket);
            return bucket;
        }
        // The clock may have been set back.
        long passed = Math.max(0, now - known.filledMicros);
        known.tokens = Math.min(rate.burst(), known.tokens + passed / 1e6 * rate.perSecond());
        known.filledMicros = now;
        return known;
    }

    private static String number(double perSecond) {
        return perSecond == Math.rint(perSecond) ? Long.toString((long) perSecond) : Double.toString(perSecond);
    }
}
