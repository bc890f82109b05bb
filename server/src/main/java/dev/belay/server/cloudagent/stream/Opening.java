package dev.belay.server.cloudagent.stream;

import dev.belay.api.CapacityException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.Subscription;
import dev.belay.server.http.Admission;
import dev.belay.server.http.EventSink;
import dev.belay.server.http.OpenStreams;
import org.jspecify.annotations.Nullable;

/** A stream that is about to begin: its place, and what it will read. Closing gives back what no stream has taken over. */
public final class Opening implements AutoCloseable {
    private final SessionStream.Parts parts;
    private final Scope scope;
    private final Admission admission;
    private final OpenStreams.Place place;
    private @Nullable Subscription subscription;
    private boolean takenOver;

    /**
     * Takes a place; {@link CapacityException} if there is none.
     *
     * @param admission whether the reader may still be here
     */
    public Opening(SessionStream.Parts parts, Scope scope, Admission admission) {
        this.parts = parts;
        this.scope = scope;
        this.admission = admission;
        this.place = parts.streams().enter();
    }

    /** Reads everything of a session that is not made yet. */
    public void subscribeToNew(SessionId session) {
        replace(parts.log().subscribeToNew(scope, StreamId.of(session)));
    }

    /** Reads everything of the session after that, and not what was to be read before. */
    public void subscribe(SessionId session, long afterSeq) {
        replace(parts.log().subscribe(scope, StreamId.of(session), afterSeq));
    }

    private void replace(Subscription other) {
        if (subscription != null) {
            subscription.close();
        }
        subscription = other;
    }

    /** The stream that takes it over. */
    public SessionStream stream(SessionId session, EventSink sink) {
        if (subscription == null) {
            throw new IllegalStateException("nothing is to be read");
        }
        SessionStream stream = new SessionStream(parts, scope, admission, session, subscription, sink, place);
        takenOver = true;
        return stream;
    }

    @Override
    public void close() {
        if (takenOver) {
            return;
        }
        if (subscription != null) {
            subscription.close();
        }
        place.close();
    }
}
