package dev.belay.server.cloudagent.stream;

import dev.belay.api.event.Event;
import dev.belay.server.cloudagent.wire.WireEvent;
import dev.belay.server.cloudagent.wire.WireEvents;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The lines of events as bytes. The readers of one session share those that came last, so that each is made once. Safe for many threads. */
public final class SharedLines {
    private static final int SLOTS = 256;
    /** A larger one is made again for each reader, so that all that is kept is 4 MiB at most. */
    private static final int LONGEST_BYTES = 16 << 10;

    private final WireEvents wire;
    private final AtomicReferenceArray<Kept> kept = new AtomicReferenceArray<>(SLOTS);

    private record Kept(Event event, Optional<Line> line) {}

    public SharedLines(WireEvents wire) {
        this.wire = wire;
    }

    /** A {@link WireEvent} in UTF-8. */
    static final class Line {
        private final String type;
        private final OptionalLong seq;
        private final byte[] json;

        Line(WireEvent event) {
            type = event.type();
            seq = event.seq();
            json = event.json().getBytes(StandardCharsets.UTF_8);
        }

        String type() {
            return type;
        }

        OptionalLong seq() {
            return seq;
        }

        /** Not to be changed. */
        byte[] json() {
            return json;
        }
    }

    /** Empty for an event that the API does not show. What is published is one object for all readers; what is read again from the store is not. */
    @SuppressWarnings("ReferenceEquality") // Equal would do, and would compare all that the event says.
    Optional<Line> of(Event event) {
        int slot = Math.floorMod(31 * event.stream().id().hashCode() + Long.hashCode(event.seq()), SLOTS);
        Kept last = kept.get(slot);
        if (last != null && last.event() == event) {
            return last.line();
        }
        Optional<Line> line = wire.of(event).map(Line::new);
        if (line.isEmpty() || line.get().json().length <= LONGEST_BYTES) {
            kept.set(slot, new Kept(event, line));
        }
        return line;
    }
}
