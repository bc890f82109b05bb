package dev.belay.server.cloudagent;

import dev.belay.agent.permission.Answer;
import dev.belay.agent.permission.Approvals;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.event.ToolEvent;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import java.util.List;

/** Answers to what an agent asks for (contract: Cloud Agent 1.3 and 3.6). */
final class PermissionRoutes {
    /** What an answer may say. */
    static final List<String> FIELDS = List.of("behavior", "message", "interrupt", "updated_input", "input_hash");

    private final Approvals approvals;

    PermissionRoutes(Approvals approvals) {
        this.approvals = approvals;
    }

    List<Route> routes() {
        return List.of(Route.post("/agent/session/{session_id}/permissions/{ask_id}", Access.APPROVE, this::answer));
    }

    private void answer(Call call) {
        String ask = call.pathParameter("ask_id");
        ToolEvent.Decided decided = approvals.answer(
                call.scope(),
                Requests.session(call),
                ask,
                answer(new Fields(Json.readObject(call.body())).only(FIELDS)));
        call.answer(200, Json.object().put("id", ask).put("behavior", decided.allowed() ? "allow" : "deny"));
    }

    /** As the body of the request has it, and a {@code permission_response} on a WebSocket beside its {@code id}. */
    static Answer answer(Fields fields) {
        return new Answer(
                switch (fields.requiredString("behavior")) {
                    case "allow" -> true;
                    case "deny" -> false;
                    default -> throw new InvalidRequestException("behavior", "behavior must be allow or deny");
                },
                fields.string("message").orElse(""),
                fields.bool("interrupt", false),
                fields.object("updated_input").map(input -> new JsonText(Json.writeText(input))),
                fields.string("input_hash"));
    }
}
