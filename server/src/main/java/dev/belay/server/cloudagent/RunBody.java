package dev.belay.server.cloudagent;

import dev.belay.agent.session.RunRequest;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of {@code POST /agent/run}.
 *
 * @param detach whether the run goes on when its reader leaves
 */
record RunBody(RunRequest request, boolean detach) {
    /** @param resume what becomes of the run when the server dies, unless the body says */
    static RunBody read(byte[] body, boolean resume) {
        ObjectNode object = Json.readObject(body);
        Fields options = RequestOptions.ofRun(object);
        String prompt = new Fields(object).requiredString("prompt");
        return new RunBody(new RunRequest(prompt, RequestOptions.read(options, resume)), options.bool("detach", false));
    }
}
