package dev.belay.api.event;

import dev.belay.api.OrganisationId;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One durable fact: an envelope and a body.
 *
 * @param seq counts from 1 in its stream, without gaps
 * @param timeMicros when it was appended, in epoch microseconds (a collector's event keeps its own time)
 * @param principal who caused it, for attribution
 * @param parent the {@code seq} in this stream of the event that this one belongs to, if any: of what a sub-agent did, its beginning
 * @param source who produced it: {@code native}, {@code scripted} (what a scripted model said), {@code sandbox}, or an outside agent's type
 * @param version the version of the body's shape
 * @param epoch which owner of the stream wrote it; raised when ownership moves
 */
public record Event(
        StreamId stream,
        long seq,
        long timeMicros,
        OrganisationId organisation,
        WorkspaceId workspace,
        String principal,
        Optional<TurnId> turn,
        OptionalLong parent,
        String source,
        int version,
        long epoch,
        EventBody body) {
    /** The same fact, told as something else. */
    public Event as(EventBody other) {
        return new Event(
                stream,
                seq,
                timeMicros,
                organisation,
                workspace,
                principal,
                turn,
                parent,
                source,
                version,
                epoch,
                other);
    }
}
