package dev.belay.agent.session;

import dev.belay.agent.budget.UsageStore;
import dev.belay.agent.turn.Turn;
import dev.belay.api.BelayException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.StorageException;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How one turn ends in the store, however long that refuses. For the turn's thread, but for {@link #unrecorded} and {@link #close}. */
final class TurnEnding {
    private static final Logger LOG = LoggerFactory.getLogger(TurnEnding.class);
    private static final Duration STORE_AGAIN = Duration.ofSeconds(1);
    /** In characters, where the whole does not fit into an event; escaped, each can be six. */
    private static final int LONGEST_LAST_WORDS = 200_000;

    private final RunningTurn.Work work;
    private final LiveSession live;
    private final Sessions.Parts parts;
    private final CountDownLatch closing = new CountDownLatch(1);
    private Optional<EventLog.Append> before = Optional.empty();
    private volatile TurnEvent.@Nullable Finished unrecorded;

    TurnEnding(RunningTurn.Work work, LiveSession live, Sessions.Parts parts) {
        this.work = work;
        this.live = live;
        this.parts = parts;
    }

    /** What the turn left to be stored with its end. */
    void before(EventLog.Append left) {
        before = Optional.of(left);
    }

    /** How the turn ended, while that cannot be stored. */
    Optional<TurnEvent.Finished> unrecorded() {
        return Optional.ofNullable(unrecorded);
    }

    /** This process closes: what is not stored yet is tried once more and not again. */
    void close() {
        closing.countDown();
    }

    /** The next process goes on with the turn; what is not stored of it yet, it does not know. */
    void leave() {
        try {
            before.ifPresent(parts.log()::append);
        } catch (BelayException e) {
            LOG.warn("the last results of turn {} could not be stored: {}", work.turn(), e.text());
        }
    }

    /**
     * Stores how the turn ended. While the store refuses, readers are told by {@link #unrecorded()}, and it is tried again until this process
     * closes; what is not stored then ends as interrupted at the next start.
     */
    TurnEvent.Finished store(TurnEvent.Finished played) {
        TurnEvent.Finished finished = played;
        while (true) {
            try {
                TurnEvent.Finished last = finished;
                EventLog.Append end = prepared(last);
                EventLog.Append append =
                        before.map(earlier -> earlier.followedBy(end)).orElse(end);
                parts.database().write(tx -> {
                    long now = parts.nowMicros();
                    if (!SessionStore.idle(tx, work.session(), work.turn(), now)) {
                        return List.of();
                    }
                    UsageStore.add(tx, work.scope(), work.session(), work.turn(), last, now);
                    return append.in(tx);
                });
                unrecorded = null;
                return finished;
            } catch (RuntimeException e) {
                if (unrecorded == null) {
                    LOG.error("the end of turn {} cannot be stored: {}", work.turn(), e.getMessage());
                    finished = notStored(finished, e);
                    unrecorded = finished;
                    if (live.ephemeral()) {
                        // What is in it may be what fills the disk.
                        destroySandbox();
                    }
                }
                if (e instanceof StorageException storage && storage.code().equals("storage_closed")) {
                    return finished;
                }
            }
            if (awaitClosing(STORE_AGAIN)) {
                return finished;
            }
        }
    }

    private void destroySandbox() {
        try {
            live.destroy();
        } catch (BelayException e) {
            LOG.warn("the sandbox of session {} could not be taken down: {}", work.session(), e.text());
        }
    }

    /** Waits for so long; true, and at once, if this process closes. */
    private boolean awaitClosing(Duration time) {
        try {
            return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** A success whose last answer is not stored is none: readers are told so now, and so will the log. */
    private static TurnEvent.Finished notStored(TurnEvent.Finished finished, RuntimeException why) {
        if (finished.status() != TurnStatus.SUCCESS) {
            return finished;
        }
        TurnError error = why instanceof BelayException told ? new TurnError(told.code(), told.text()) : Turn.INTERNAL;
        return finished.told(TurnStatus.ERROR, finished.summary(), Optional.of(error));
    }

    private EventLog.Append prepared(TurnEvent.Finished finished) {
        try {
            return prepare(finished);
        } catch (InvalidRequestException tooLarge) {
            // The last text fits into an event of its own, but not with all else that is said at the end.
            return prepare(finished.told(
                    finished.status(),
                    ShownText.of(finished.summary(), LONGEST_LAST_WORDS),
                    finished.error()
                            .map(error -> new TurnError(
                                    error.code(),
                                    ShownText.of(error.message(), LONGEST_LAST_WORDS),
                                    error.httpStatus()))));
        }
    }

    private EventLog.Append prepare(TurnEvent.Finished finished) {
        return parts.log()
                .prepare(work.scope(), StreamId.of(work.session()), List.of(EventDraft.of(work.turn(), finished)));
    }
}
