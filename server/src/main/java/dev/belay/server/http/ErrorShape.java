package dev.belay.server.http;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** How a face tells an error, where its contract asks for another shape than the house's own. */
public interface ErrorShape {
    /** The house's own (contract: Cloud Agent 1.3): {@code {"error":{"code","message","field"?},"detail":message}}. */
    ErrorShape STANDARD = new ErrorShape() {
        @Override
        public int status(Exception thrown, int standard) {
            return standard;
        }

        @Override
        public ObjectNode body(String code, String message, Optional<String> field) {
            ObjectNode body = Json.object();
            ObjectNode error = body.putObject("error").put("code", code).put("message", message);
            field.ifPresent(name -> error.put("field", name));
            return body.put("detail", message);
        }
    };

    /** @param standard the status that the house would answer with */
    int status(Exception thrown, int standard);

    /** @param field the part of the request that is wrong, where one is */
    ObjectNode body(String code, String message, Optional<String> field);
}
