package dev.belay.agent.permission;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import java.util.Optional;

/**
 * What somebody answers to an ask.
 *
 * @param message of a denial: what the model is told; of a question's answer: the answer; may be empty otherwise
 * @param interrupts whether the turn ends; only with a denial
 * @param updatedInput a JSON object to make the call with instead; only with leave to make a call
 * @param inputHash if present, what the answer is about; another is refused
 */
public record Answer(
        boolean allowed,
        String message,
        boolean interrupts,
        Optional<JsonText> updatedInput,
        Optional<String> inputHash) {
    /** In characters. */
    private static final int LONGEST_MESSAGE = 64 << 10;

    public Answer {
        if (message.length() > LONGEST_MESSAGE) {
            throw new InvalidRequestException(
                    "message",
                    "the message has more than " + LONGEST_MESSAGE + " characters, the most that is allowed");
        }
        if (allowed && interrupts) {
            throw new InvalidRequestException("interrupt", "only a denial can end the turn");
        }
        if (!allowed && updatedInput.isPresent()) {
            throw new InvalidRequestException(
                    "updated_input", "a call that is denied has no input; leave out updated_input");
        }
    }

    public static Answer allow() {
        return new Answer(true, "", false, Optional.empty(), Optional.empty());
    }

    /** Leave to make a call, or the answer to a question. */
    public static Answer allow(String message) {
        return new Answer(true, message, false, Optional.empty(), Optional.empty());
    }

    public static Answer deny(String message) {
        return new Answer(false, message, false, Optional.empty(), Optional.empty());
    }
}
