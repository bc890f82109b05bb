package dev.belay.api.event;

import dev.belay.api.JsonText;
import java.util.List;
import java.util.Optional;

/** The life of a session. */
public sealed interface SessionEvent extends EventBody {
    /** The session began. {@code options} are the resolved options of the request, without any secret. */
    record Created(Optional<String> name, String engine, String agent, JsonText options) implements SessionEvent {}

    /**
     * What the model is told before all else, from the first turn on: decided once, so that every later request, also after a restart or in a
     * fork, begins with the same bytes.
     *
     * @param systemPrompt the whole of it
     * @param rules the files of the workspace whose text is in it
     * @param skills the names of the skills that it lists
     */
    record Instructed(String systemPrompt, List<String> rules, List<String> skills) implements SessionEvent {
        public Instructed {
            rules = List.copyOf(rules);
            skills = List.copyOf(skills);
        }
    }

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
