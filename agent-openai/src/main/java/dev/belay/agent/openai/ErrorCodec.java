package dev.belay.agent.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.openai.core.JsonValue;

/** Reads what an error says. */
final class ErrorCodec {
    private ErrorCodec() {}

    /** What an error that came inside of a stream would have been as an HTTP status. */
    static int status(JsonValue body) {
        JsonNode error = error(body);
        if (error.path("code").isInt() && error.path("code").asInt() >= 400) {
            return error.path("code").asInt();
        }
        return status(error.path("type").asText() + " " + error.path("code").asText());
    }

    /** @param kind the provider's words for what kind of error it is */
    static int status(String kind) {
        if (kind.contains("rate_limit")) {
            return 429;
        }
        if (kind.contains("overloaded")) {
            return 529;
        }
        return kind.contains("invalid") || kind.contains("unsupported") || kind.contains("context_length") ? 400 : 500;
    }

    static String message(JsonValue body) {
        return error(body).path("message").asText();
    }

    /** Some endpoints nest the error, others do not; a proxy in front of one may send what is no JSON at all. */
    private static JsonNode error(JsonValue body) {
        if (body.isMissing()) {
            return MissingNode.getInstance();
        }
        JsonNode tree = JsonCodec.MAPPER.valueToTree(body);
        return tree.path("error").isObject() ? tree.path("error") : tree;
    }
}
