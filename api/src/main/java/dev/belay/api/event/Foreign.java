package dev.belay.api.event;

import dev.belay.api.JsonText;

/** Something we do not model, kept whole. {@code type} is the sender's word for it. */
public record Foreign(String type, JsonText json) implements EventBody {}
