package dev.belay.server.cloudagent.body;

import dev.belay.agent.session.request.TurnRequest;
import dev.belay.agent.session.request.TurnRequest.WhenBusy;
import dev.belay.api.InvalidRequestException;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** The body of {@code POST /agent/session/{id}/message}, and of a {@code message} on a WebSocket (contract: Cloud Agent 1.2 rows 8 and 15). */
public record MessageBody(TurnRequest request) {
    public static MessageBody read(byte[] body) {
        return read(Json.readObject(body), List.of("prompt", "queue", "steer", "pin"));
    }

    /** @param others the fields that may stand beside the options */
    public static MessageBody read(ObjectNode object, List<String> others) {
        Fields options = RequestOptions.ofMessage(object, others);
        Fields top = new Fields(object);
        String prompt = top.requiredString("prompt");
        boolean queue = top.bool("queue", false);
        boolean steer = top.bool("steer", false);
        if (queue && steer) {
            throw new InvalidRequestException(
                    "steer", "\"queue\" makes the message a turn of its own, \"steer\" does not; send one of them");
        }
        boolean pin = top.bool("pin", false);
        if (pin && steer) {
            throw new InvalidRequestException(
                    "pin", "what is said to a turn that runs cannot be pinned; send the message without \"steer\"");
        }
        return new MessageBody(new TurnRequest(
                prompt,
                RequestOptions.ofTurn(options, pin),
                queue ? WhenBusy.QUEUE : steer ? WhenBusy.STEER : WhenBusy.REFUSE,
                Map.of()));
    }
}
