package dev.belay.api.event;

import dev.belay.api.TurnId;
import java.util.Optional;
import java.util.OptionalLong;

/** An event before the log gave it its place: what the writer knows. */
public record EventDraft(Optional<TurnId> turn, OptionalLong parent, String source, EventBody body) {
    public static final String NATIVE = "native";

    public static EventDraft of(EventBody body) {
        return new EventDraft(Optional.empty(), OptionalLong.empty(), NATIVE, body);
    }

    public static EventDraft of(TurnId turn, EventBody body) {
        return new EventDraft(Optional.of(turn), OptionalLong.empty(), NATIVE, body);
    }

    /** The same, done by a sub-agent that began with the event of that {@code seq}. */
    public EventDraft by(Subagent subagent, long began) {
        return new EventDraft(turn, OptionalLong.of(began), source, new SubagentEvent(subagent, body));
    }

    public EventDraft withSource(String newSource) {
        return new EventDraft(turn, parent, newSource, body);
    }
}
