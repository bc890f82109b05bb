package dev.belay.server.cloudagent.body;

import dev.belay.agent.mcp.McpRequest;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of {@code POST /agent/run}.
 *
 * @param detach whether the run goes on when its reader leaves
 */
public record RunBody(RunRequest request, boolean detach) {
    /**
     * A run as a tool of another agent asks for one: its fields beside the prompt are options.
     *
     * @param depth how many agents have called each other until this run
     */
    public static RunBody of(Fields arguments, int depth) {
        McpRequest mcp = new McpRequest(McpServersBody.read(arguments), depth);
        RunRequest request =
                new RunRequest(arguments.requiredString("prompt"), RequestOptions.read(arguments, false, mcp));
        return new RunBody(request.with(mcp), false);
    }

    /** @param resume what becomes of the run when the server dies, unless the body says */
    public static RunBody read(byte[] body, boolean resume) {
        ObjectNode object = Json.readObject(body);
        Fields options = RequestOptions.ofRun(object);
        String prompt = new Fields(object).requiredString("prompt");
        McpRequest mcp = new McpRequest(McpServersBody.read(options), 0);
        return new RunBody(
                new RunRequest(prompt, RequestOptions.read(options, resume, mcp)).with(mcp),
                options.bool("detach", false));
    }
}
