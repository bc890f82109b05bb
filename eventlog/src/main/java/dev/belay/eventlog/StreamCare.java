package dev.belay.eventlog;

import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.event.StreamId;
import dev.belay.store.Database;
import java.util.Optional;

/**
 * What is done to streams as a whole: copied, measured, erased. Each in many small units of work, so that writers hardly wait for it. Safe
 * for many threads.
 */
public final class StreamCare {
    private final Database database;
    private final EventLog log;

    public StreamCare(Database database, EventLog log) {
        this.database = database;
        this.log = log;
    }

    /**
     * Begins a stream with a copy of another's events up to that one, as they are: with their numbers, times, turns and authors. What breaks
     * off leaves a beginning.
     *
     * @param to one that is new, of the same workspace
     * @throws NotFoundException if the scope's workspace has no such stream
     */
    public void copy(Scope scope, StreamId from, long toSeq, StreamId to) {
        EventStore.StreamRow source = database.read(view -> EventStore.find(view, from))
                .filter(row -> row.workspace().equals(scope.workspace()))
                .orElseThrow(() -> EventStore.unknown(from));
        Slices slices = new Slices();
        long end = Math.min(toSeq, source.lastSeq());
        for (long at = 0; at < end; ) {
            long after = at;
            long last = Math.min(end, after + slices.next());
            database.write(tx -> {
                EventStore.copy(tx, source, EventStore.open(tx, scope, to), after, last);
                log.forget(to);
                return true;
            });
            slices.done();
            at = last;
        }
    }

    /** Deletes a stream with all its events. What breaks off is gone on with by the next call; nothing happens if there is none. */
    public void erase(StreamId stream) {
        Slices slices = new Slices();
        while (true) {
            Optional<EventStore.StreamRow> row = database.read(view -> EventStore.find(view, stream));
            if (row.isEmpty()) {
                return;
            }
            int most = slices.next();
            database.write(tx -> {
                EventStore.eraseFirst(tx, row.get(), most);
                log.forget(stream);
                return true;
            });
            slices.done();
        }
    }

    /**
     * What the bodies of a stream's events take in the store.
     *
     * @param toSeq up to which event it was counted
     */
    public record Size(long bytes, long toSeq) {}

    /** How much comes after that event; counts some thousand events at most, so that it may have to be asked again from there. */
    public Size size(StreamId stream, long afterSeq) {
        return database.read(view -> EventStore.find(view, stream)
                .map(row -> EventStore.size(view, row, afterSeq))
                .orElse(new Size(0, afterSeq)));
    }
}
