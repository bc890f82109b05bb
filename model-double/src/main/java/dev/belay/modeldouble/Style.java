package dev.belay.modeldouble;

import java.util.Arrays;
import java.util.Optional;

/** How a model is spoken to. */
public enum Style {
    /** Anthropic Messages. */
    MESSAGES("/v1/messages"),
    /** OpenAI Chat Completions. */
    CHAT("/chat/completions"),
    /** OpenAI Responses. */
    RESPONSES("/responses");

    private final String path;

    Style(String path) {
        this.path = path;
    }

    /** The style of that name, in capital or small letters. */
    public static Optional<Style> named(String name) {
        return Arrays.stream(values())
                .filter(style -> style.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /**
     * The style of a request, by its path.
     *
     * @throws IllegalArgumentException if no style has such a path
     */
    public static Style of(ModelServer.Received request) {
        for (Style style : values()) {
            if (request.path().endsWith(style.path)) {
                return style;
            }
        }
        throw new IllegalArgumentException("no style has the path " + request.path());
    }
}
