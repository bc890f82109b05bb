package dev.belay.server.http;

import dev.belay.api.UnauthenticatedException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * That a caller was let in, for what lasts longer than its request: a key may be revoked or expire while a stream or a WebSocket is open.
 * Safe for many threads.
 */
public final class Admission {
    /** An open stream looks at its key that often. */
    private static final long LOOK_NANOS = Duration.ofSeconds(2).toNanos();

    private final BooleanSupplier valid;
    private volatile long looked = System.nanoTime();
    private volatile boolean ended;

    /** @param valid whether the caller would be let in again */
    Admission(BooleanSupplier valid) {
        this.valid = valid;
    }

    /** Whether the caller would have been let in a moment ago; cheap. */
    public boolean lasts() {
        if (!ended && System.nanoTime() - looked > LOOK_NANOS) {
            look();
        }
        return !ended;
    }

    /** @throws UnauthenticatedException if the caller would not be let in now */
    public void require() {
        look();
        if (ended) {
            throw new UnauthenticatedException("this key was revoked or has expired");
        }
    }

    private void look() {
        looked = System.nanoTime();
        ended = ended || !valid.getAsBoolean();
    }
}
