package dev.belay.api.event;

import dev.belay.api.JsonText;
import java.util.Optional;

/** The life of a session. */
public sealed interface SessionEvent extends EventBody {
    /** The session began. {@code options} are the resolved options of the request, without any secret. */
    record Created(Optional<String> name, String engine, String agent, JsonText options) implements SessionEvent {}

    /** The session ended; nothing follows. */
    record Ended(String reason) implements SessionEvent {}
}
