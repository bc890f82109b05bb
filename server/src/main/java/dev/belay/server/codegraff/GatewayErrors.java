package dev.belay.server.codegraff;

import dev.belay.api.CapacityException;
import dev.belay.api.FileException;
import dev.belay.server.http.ErrorShape;
import dev.belay.server.http.Json;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Errors as the gateway tells them (contract: CodeGraff 4.4): {@code {"error":{"type","message","field"?}}}. */
final class GatewayErrors implements ErrorShape {
    @Override
    public int status(Exception thrown, int standard) {
        return switch (thrown) {
            case CapacityException _ -> 429;
            // A path that leads out, a FIFO, an archive that is refused: the request is wrong, not the file's state.
            case FileException _ when standard == 422 -> 400;
            default -> standard;
        };
    }

    @Override
    public ObjectNode body(String code, String message, Optional<String> field) {
        String type = switch (code) {
            case "forbidden" -> "insufficient_scope";
            case "capacity" -> "fleet_limit";
            default -> code;
        };
        ObjectNode body = Json.object();
        ObjectNode error = body.putObject("error").put("type", type).put("message", message);
        field.ifPresent(name -> error.put("field", name));
        return body;
    }
}
