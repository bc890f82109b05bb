package dev.belay.api.event;

import dev.belay.api.JsonText;
import java.util.Optional;

/** The life of a session. */
public sealed interface SessionEvent extends EventBody {
    /** The session began. {@code options} are the resolved options of the request, without any secret. */
    record Created(Optional<String> name, String engine, String agent, JsonText options) implements SessionEvent {}

    /** The session has another name now, or none. */
    record Renamed(Optional<String> name) implements SessionEvent {}

    /**
     * The session began as a copy of another one's first events, which come before this.
     *
     * @param atSeq the last event that was copied
     */
    record Forked(String from, long atSeq) implements SessionEvent {}

    /** The session ended; nothing follows. */
    record Ended(String reason) implements SessionEvent {}
}
