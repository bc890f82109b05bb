package dev.belay.api.event;

import java.util.OptionalInt;

/** Why a turn failed: a stable code, a text to act on, and the HTTP status that a model provider answered, if one did. */
public record TurnError(String code, String message, OptionalInt httpStatus) {
    public TurnError(String code, String message) {
        this(code, message, OptionalInt.empty());
    }
}
