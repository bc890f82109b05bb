package dev.belay.server.mcp;

import dev.belay.agent.mcp.McpServers;
import dev.belay.api.BelayException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.MalformedRequestException;
import dev.belay.eventlog.Redactor;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.Face;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.OpenStreams;
import dev.belay.server.http.PatientAnswer;
import dev.belay.server.http.Route;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /mcp}: streamable HTTP of the Model Context Protocol, without sessions. Every request says who asks by its key, and nothing is kept
 * between two of them, so that any server of a cluster answers any of them; there is no stream to be opened by GET.
 */
public final class McpFace implements Face {
    private static final Logger LOG = LoggerFactory.getLogger(McpFace.class);
    private static final String PATH = "/mcp";
    /** The newest is what a client gets that asks for one that is not known. */
    private static final List<String> VERSIONS = List.of("2025-11-25", "2025-06-18", "2025-03-26");

    private static final String INSTRUCTIONS =
            "Sandboxes are isolated Linux machines without a network, each with its own files. Agents run in"
                    + " a sandbox of their own: run_agent gives one a task, send_message goes on in its session.";

    private static final int REQUEST = -32600;
    private static final int NO_METHOD = -32601;
    private static final int PARAMETERS = -32602;
    private static final int INTERNAL = -32603;

    private final Map<String, FaceTool> tools = new LinkedHashMap<>();
    private final Redactor redactor;
    private final OpenStreams streams;
    private final Duration heartbeat;

    /** @param heartbeat how long an answer may be silent */
    public McpFace(
            SandboxTools sandboxes, AgentTools agents, Redactor redactor, OpenStreams streams, Duration heartbeat) {
        Stream.concat(sandboxes.tools().stream(), agents.tools().stream())
                .forEach(tool -> tools.put(tool.name(), tool));
        this.redactor = redactor;
        this.streams = streams;
        this.heartbeat = heartbeat;
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.post(PATH, Access.ANY_KEY, this::post));
    }

    private void post(Call call) throws InterruptedException {
        call.requireOwnOrigin();
        call.header("MCP-Protocol-Version")
                .filter(version -> !VERSIONS.contains(version))
                .ifPresent(_ -> {
                    throw new MalformedRequestException(
                            "the versions of the protocol that are spoken here are " + String.join(", ", VERSIONS));
                });
        ObjectNode message = Json.readObject(call.body());
        if (!message.path("method").isString() || message.path("id").isMissingNode()) {
            // A notification, or the answer to a request that nobody made: nothing is to be said.
            call.answer(202);
            return;
        }
        PatientAnswer answer = new PatientAnswer(call, heartbeat);
        ObjectNode reply = Json.object().put("jsonrpc", "2.0");
        reply.set("id", message.get("id"));
        try (OpenStreams.Place _ = streams.enter()) {
            reply.set("result", result(call, message, answer));
        } catch (RpcException e) {
            reply.putObject("error")
                    .put("code", e.code)
                    .put("message", redactor.redact(String.valueOf(e.getMessage())));
        } catch (ReaderGoneException e) {
            return;
        }
        try {
            answer.answer(call, reply);
        } catch (ReaderGoneException e) {
            LOG.debug("nobody waits for the answer any more", e);
        }
    }

    /** An error of the protocol itself. */
    private static final class RpcException extends Exception {
        private static final long serialVersionUID = 1;
        private final int code;

        RpcException(int code, String message) {
            super(message);
            this.code = code;
        }
    }

    private JsonNode result(Call call, ObjectNode message, PatientAnswer answer)
            throws RpcException, InterruptedException, ReaderGoneException {
        JsonNode parameters = message.path("params");
        return switch (message.path("method").stringValue()) {
            case "initialize" -> initialized(parameters.path("protocolVersion").asString(""));
            case "ping" -> Json.object();
            case "tools/list" -> listed();
            case "tools/call" -> called(call, parameters, answer);
            default -> throw new RpcException(NO_METHOD, "there is no method " + message.path("method"));
        };
    }

    private static ObjectNode initialized(String wanted) {
        ObjectNode result =
                Json.object().put("protocolVersion", VERSIONS.contains(wanted) ? wanted : VERSIONS.getFirst());
        result.putObject("capabilities").putObject("tools");
        result.putObject("serverInfo").put("name", "belay").put("version", "1");
        return result.put("instructions", INSTRUCTIONS);
    }

    private ObjectNode listed() {
        ObjectNode result = Json.object();
        ArrayNode list = result.putArray("tools");
        tools.values().forEach(tool -> list.add(tool.json()));
        return result;
    }

    private ObjectNode called(Call call, JsonNode parameters, PatientAnswer answer)
            throws RpcException, InterruptedException, ReaderGoneException {
        FaceTool tool = tools.get(parameters.path("name").asString(""));
        if (tool == null) {
            throw new RpcException(PARAMETERS, "there is no tool " + parameters.path("name"));
        }
        JsonNode arguments = parameters.path("arguments");
        if (!arguments.isMissingNode() && !arguments.isObject()) {
            throw new RpcException(REQUEST, "the arguments must be an object");
        }
        ObjectNode given = arguments.isMissingNode() ? Json.object() : (ObjectNode) arguments;
        try {
            call.scope().require(tool.permission());
            Fields fields = new Fields(given).only(List.copyOf(tool.fields().keySet()));
            return told(tool.work().call(new Caller(call.scope(), depth(call), answer), fields), false);
        } catch (BelayException e) {
            return told(Json.object().put("error", e.code()).put("message", redactor.redact(e.text())), true);
        } catch (RuntimeException e) {
            LOG.error("the tool {} of /mcp failed", tool.name(), e);
            throw new RpcException(INTERNAL, "an internal error; it is in the server's log");
        }
    }

    private static ObjectNode told(JsonNode outcome, boolean error) {
        ObjectNode result = Json.object();
        result.putArray("content").addObject().put("type", "text").put("text", Json.writeText(outcome));
        if (outcome.isObject()) {
            result.set("structuredContent", outcome);
        }
        return result.put("isError", error);
    }

    private static int depth(Call call) {
        String text = call.header(McpServers.DEPTH_HEADER).orElse("0");
        if (!text.matches("[0-9]{1,3}")) {
            throw new InvalidRequestException(
                    McpServers.DEPTH_HEADER, McpServers.DEPTH_HEADER + " must be a whole number");
        }
        return Integer.parseInt(text);
    }
}
