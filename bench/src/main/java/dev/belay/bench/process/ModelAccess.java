package dev.belay.bench.process;

import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Style;
import java.util.Map;

/** How a server reaches a model server, over each wire. */
public final class ModelAccess {
    private ModelAccess() {}

    /** The environment of a server that asks there. */
    public static Map<String, String> environment(ModelServer models) {
        return Map.of(
                "ANTHROPIC_API_KEY",
                "none",
                "ANTHROPIC_BASE_URL",
                models.url(),
                "OPENAI_API_KEY",
                "none",
                "OPENAI_BASE_URL",
                models.url() + "/v1",
                "OPENAI_URL",
                models.url() + "/v1");
    }

    /** The model that such a server asks in that style. */
    public static String model(Style style) {
        return switch (style) {
            case MESSAGES -> "anthropic:m";
            case CHAT -> "openai:m";
            case RESPONSES -> "openai_responses_compatible:m";
        };
    }
}
