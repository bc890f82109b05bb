package dev.belay.client.session;

import dev.belay.api.BelayException;
import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.http.ServerUnreachableException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A session's events in order, each stored one once, over as many connections as it takes: one that breaks off, or that the server cuts, is
 * followed by another from the last event on. For one thread; another one may close it.
 */
public final class SessionEvents implements AutoCloseable {
    private static final Duration FIRST_WAIT = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    private final Source source;
    private final Predicate<SessionEvent> wanted;
    private final Predicate<SessionEvent> last;
    private final Duration patience;
    private long cursor;
    private boolean ended;
    private volatile boolean closed;
    private volatile @Nullable InputStream in;
    private @Nullable BufferedReader lines;
    /** How long to wait before the next try; grows until an event comes. */
    private Duration wait = FIRST_WAIT;

    /** Where the events come from. */
    interface Source {
        /** @param after the last {@code seq} that was read */
        InputStream open(long after);
    }

    /**
     * Connects.
     *
     * @param wanted what is told; all else is passed over
     * @param last after which event no more is to be told
     * @param patience how long an unreachable server is asked again
     */
    SessionEvents(
            Source source,
            long after,
            Predicate<SessionEvent> wanted,
            Predicate<SessionEvent> last,
            Duration patience) {
        this.source = source;
        this.cursor = after;
        this.wanted = wanted;
        this.last = last;
        this.patience = patience;
        connect();
    }

    private void connect() {
        InputStream opened = source.open(cursor);
        in = opened;
        lines = new BufferedReader(new InputStreamReader(opened, StandardCharsets.UTF_8));
        if (closed) {
            close();
        }
    }

    /** The {@code seq} of the last stored event that was read. */
    public long cursor() {
        return cursor;
    }

    /**
     * The next one, which is waited for; empty at the end, and when it was closed.
     *
     * @throws ServerUnreachableException if the server could not be reached again in time; who goes on from {@link #cursor} misses nothing
     */
    public Optional<SessionEvent> next() {
        while (!ended && !closed) {
            Optional<SessionEvent> event = read();
            if (event.isPresent() && event.get().seq().orElse(Long.MAX_VALUE) > cursor) {
                cursor = event.get().seq().orElse(cursor);
                ended = last.test(event.get());
                wait = FIRST_WAIT;
                if (wanted.test(event.get())) {
                    return event;
                }
            }
        }
        return Optional.empty();
    }

    /** Empty where there was none: the stream is over, or goes on over another connection. */
    private Optional<SessionEvent> read() {
        BufferedReader from = lines;
        try {
            String line = from == null ? null : from.readLine();
            if (line == null) {
                ended = true;
                return Optional.empty();
            }
            SessionEvent event = SessionCodec.event(line);
            if (!SessionCodec.isCut(event)) {
                return Optional.of(event);
            }
        } catch (IOException | JacksonException e) {
            // It broke off.
        }
        reconnect();
        return Optional.empty();
    }

    private void reconnect() {
        release();
        long until = System.nanoTime() + patience.toNanos();
        while (!closed) {
            try {
                connect();
                return;
            } catch (ServerRefusedException e) {
                if (e.status() == 404) {
                    ended = true; // the session was deleted
                    return;
                }
                pauseOrGiveUp(e, until, e.status() == 429 || e.status() >= 500);
            } catch (ServerUnreachableException e) {
                pauseOrGiveUp(e, until, true);
            }
        }
    }

    private void pauseOrGiveUp(BelayException why, long until, boolean mayPass) {
        if (!mayPass || System.nanoTime() - until >= 0) {
            throw why;
        }
        try {
            Thread.sleep(wait);
            wait = wait.compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : wait;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }

    private void release() {
        InputStream open = in;
        try {
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            // It is given up, whatever it says.
        }
    }

    @Override
    public void close() {
        closed = true;
        release();
    }
}
