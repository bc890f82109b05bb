package dev.belay.client.session;

import java.util.Optional;

/**
 * An answer to what an agent asks for.
 *
 * @param message what the model is told: the answer to a question, or why a call is denied
 * @param interrupt whether the turn ends with it
 */
public record Answer(boolean allow, Optional<String> message, boolean interrupt) {
    /** The call is made. */
    public static Answer allowed() {
        return new Answer(true, Optional.empty(), false);
    }

    /** The answer to a question. */
    public static Answer of(String text) {
        return new Answer(true, Optional.of(text), false);
    }

    /** The call is not made, and the model is told so. */
    public static Answer denied(Optional<String> why) {
        return new Answer(false, why, false);
    }

    /** The call is not made, and the turn ends. */
    public static Answer interrupting() {
        return new Answer(false, Optional.empty(), true);
    }
}
