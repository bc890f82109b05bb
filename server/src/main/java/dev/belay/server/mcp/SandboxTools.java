package dev.belay.server.mcp;

import dev.belay.api.ConflictException;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.NotFoundException;
import dev.belay.api.Permission;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.server.codegraff.CreateBody;
import dev.belay.server.codegraff.ExecBody;
import dev.belay.server.codegraff.ExecJson;
import dev.belay.server.codegraff.FollowedExec;
import dev.belay.server.codegraff.SandboxJson;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Sandboxes as tools: what they take and give is what the sandbox gateway takes and gives. */
public final class SandboxTools {
    private static final String TEXT = "{\"type\": \"string\"}";
    private static final String NUMBER = "{\"type\": \"number\"}";
    private static final String TEXTS = "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}}";
    private static final long LARGEST_FILE = 1L << 20;

    private final SandboxLifecycle lifecycle;

    public SandboxTools(SandboxLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    List<FaceTool> tools() {
        return List.of(
                tool(
                        "create_sandbox",
                        "Makes a sandbox: an isolated Linux machine without a network, with files of its own.",
                        false,
                        Map.of("name", TEXT, "language", TEXT, "labels", TEXTS, "autoStopMinutes", NUMBER),
                        List.of(),
                        this::create),
                tool(
                        "list_sandboxes",
                        "The sandboxes that there are.",
                        true,
                        Map.of(),
                        List.of(),
                        (caller, _) -> list(caller)),
                tool(
                        "exec",
                        "Runs a shell command in a sandbox and waits for its end. An exit code other than 0 is a result.",
                        false,
                        Map.of("sandboxId", TEXT, "command", TEXT, "cwd", TEXT, "env", TEXTS, "timeoutSeconds", NUMBER),
                        List.of("sandboxId", "command"),
                        this::exec),
                tool(
                        "read_file",
                        "What a file of a sandbox holds, up to 1 MiB: as content, or as contentBase64 if it is not text.",
                        true,
                        Map.of("sandboxId", TEXT, "path", TEXT),
                        List.of("sandboxId", "path"),
                        this::read),
                tool(
                        "write_file",
                        "Writes a file of a sandbox, from content or contentBase64.",
                        false,
                        Map.of("sandboxId", TEXT, "path", TEXT, "content", TEXT, "contentBase64", TEXT),
                        List.of("sandboxId", "path"),
                        this::write),
                tool(
                        "destroy_sandbox",
                        "Destroys a sandbox, files and all.",
                        false,
                        Map.of("sandboxId", TEXT),
                        List.of("sandboxId"),
                        this::destroy));
    }

    private static FaceTool tool(
            String name,
            String description,
            boolean readsOnly,
            Map<String, String> fields,
            List<String> required,
            FaceTool.Work work) {
        return new FaceTool(name, description, Permission.SANDBOX, readsOnly, fields, required, work);
    }

    private JsonNode create(Caller caller, Fields arguments) {
        return SandboxJson.of(lifecycle.create(
                caller.scope(), CreateBody.of(arguments, lifecycle.policy().standard())));
    }

    private JsonNode list(Caller caller) {
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("sandboxes");
        lifecycle.list(caller.scope()).forEach(sandbox -> list.add(SandboxJson.of(sandbox)));
        return json;
    }

    private JsonNode exec(Caller caller, Fields arguments) throws InterruptedException, ReaderGoneException {
        SandboxId id = id(arguments);
        ExecBody body = ExecBody.of(arguments);
        try (Sandbox sandbox = lifecycle.use(caller.scope(), id)) {
            FollowedExec exec = new FollowedExec(sandbox.start(body.spec(), ExecOutput.NONE));
            try {
                ExecResult result = caller.await(exec::within);
                if (result.status() == ExecResult.Status.SANDBOX_DIED) {
                    throw new ConflictException(
                            "sandbox_not_running",
                            "the sandbox " + id + " ended while the command ran: " + result.detail());
                }
                return ExecJson.of(result);
            } catch (ReaderGoneException e) {
                exec.cancel();
                exec.end();
                throw e;
            }
        }
    }

    private JsonNode read(Caller caller, Fields arguments) {
        try (Sandbox sandbox = lifecycle.use(caller.scope(), id(arguments))) {
            var file = sandbox.files().read(arguments.requiredString("path"), LARGEST_FILE);
            ObjectNode json = SandboxJson.of(file.stat());
            try {
                return json.put(
                        "content",
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(ByteBuffer.wrap(file.bytes()))
                                .toString());
            } catch (CharacterCodingException e) {
                return json.put("contentBase64", Base64.getEncoder().encodeToString(file.bytes()));
            }
        }
    }

    private JsonNode write(Caller caller, Fields arguments) {
        byte[] content = content(arguments);
        try (Sandbox sandbox = lifecycle.use(caller.scope(), id(arguments))) {
            return SandboxJson.of(sandbox.files().write(arguments.requiredString("path"), content));
        }
    }

    private static byte[] content(Fields arguments) {
        var text = arguments.string("content");
        var base64 = arguments.string("contentBase64");
        if (text.isPresent() == base64.isPresent()) {
            throw new InvalidRequestException("content", "one of content and contentBase64 must be given");
        }
        try {
            return text.map(known -> known.getBytes(StandardCharsets.UTF_8))
                    .orElseGet(() -> Base64.getDecoder().decode(base64.orElseThrow()));
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("contentBase64", "contentBase64 is not valid base64");
        }
    }

    private JsonNode destroy(Caller caller, Fields arguments) {
        SandboxId id = id(arguments);
        lifecycle.destroy(caller.scope(), id);
        return Json.object().put("id", id.value()).put("state", "destroyed");
    }

    private static SandboxId id(Fields arguments) {
        String id = arguments.requiredString("sandboxId");
        if (!IdSource.isId(id)) {
            throw new NotFoundException("there is no sandbox " + id);
        }
        return new SandboxId(id);
    }
}
