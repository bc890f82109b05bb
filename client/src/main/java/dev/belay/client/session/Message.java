package dev.belay.client.session;

import dev.belay.api.Money;
import java.util.Optional;
import java.util.UUID;

/**
 * A prompt for a session. The very same one may be sent again, after an answer that broke off, and runs once.
 *
 * @param whenBusy what becomes of it while another turn runs
 * @param model for its turn
 * @param permissionMode for its turn
 * @param maxBudget what its turn may cost
 * @param key what the server knows it by when it comes again; 1 to 255 printable ASCII characters
 */
public record Message(
        String prompt,
        WhenBusy whenBusy,
        Optional<String> model,
        Optional<String> permissionMode,
        Optional<Money> maxBudget,
        String key) {
    /** What becomes of a message while a turn runs. */
    public enum WhenBusy {
        /** It is refused with 409 {@code session_busy}. */
        REFUSE,
        /** It becomes a turn of its own, after those before it. */
        QUEUE,
        /** It is told to the model before its next call. */
        STEER
    }

    /** A message for a session in which no turn runs. */
    public static Message of(String prompt) {
        return new Message(
                prompt,
                WhenBusy.REFUSE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                UUID.randomUUID().toString());
    }

    /** The same, to be taken so while a turn runs. */
    public Message when(WhenBusy busy) {
        return new Message(prompt, busy, model, permissionMode, maxBudget, key);
    }

    /** The same with options of its turn. */
    public Message with(Optional<String> newModel, Optional<String> newPermissionMode, Optional<Money> newMaxBudget) {
        return new Message(prompt, whenBusy, newModel, newPermissionMode, newMaxBudget, key);
    }
}
