package dev.belay.client.sandbox;

import dev.belay.api.JsonText;
import dev.belay.client.sandbox.SandboxFiles.FileListing;
import dev.belay.client.sandbox.SandboxFiles.FileStat;
import dev.belay.client.sandbox.SandboxFiles.Kind;
import dev.belay.client.sandbox.SandboxFiles.UnpackedTree;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Sandboxes as they go over the wire. Fields that a newer server adds are passed over. */
final class SandboxCodec {
    private SandboxCodec() {}

    static ObjectNode body(SandboxRequest request) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        request.name().ifPresent(name -> body.put("name", name));
        if (!request.labels().isEmpty()) {
            ObjectNode labels = body.putObject("labels");
            request.labels().forEach(labels::put);
        }
        request.autoStop().ifPresent(time -> body.put("autoStopMinutes", minutes(time)));
        request.autoDestroy().ifPresent(time -> body.put("autoDestroyMinutes", minutes(time)));
        request.memoryMib().ifPresent(size -> body.put("memoryMb", size));
        request.cpus().ifPresent(count -> body.put("cpus", count));
        request.processes().ifPresent(count -> body.put("processes", count));
        request.diskMib().ifPresent(size -> body.put("diskMb", size));
        if (!request.projects().isEmpty()) {
            ArrayNode projects = body.putArray("projects");
            request.projects().forEach(projects::add);
        }
        return body;
    }

    private static double minutes(Duration time) {
        return time.toMillis() / 60_000.0;
    }

    static ObjectNode body(Command command) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("command", command.line());
        command.directory().ifPresent(directory -> body.put("cwd", directory));
        if (!command.env().isEmpty()) {
            ObjectNode env = body.putObject("env");
            command.env().forEach(env::put);
        }
        return body.put("timeoutSeconds", BigDecimal.valueOf(command.timeout().toMillis(), 3));
    }

    static ObjectNode body(TerminalSize size) {
        return JsonNodeFactory.instance.objectNode().put("rows", size.rows()).put("columns", size.columns());
    }

    static Sandbox sandbox(JsonNode json) {
        Map<String, String> labels = new LinkedHashMap<>();
        json.path("labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString()));
        return new Sandbox(
                text(json, "id"),
                text(json, "state"),
                text(json, "provider"),
                text(json, "isolation"),
                json.path("kept").asBoolean(true),
                optional(json, "name"),
                labels,
                text(json, "createdBy"),
                Instant.parse(text(json, "createdAt")),
                Instant.parse(text(json, "lastUsedAt")),
                optional(json, "stopsAt").map(Instant::parse),
                optional(json, "expiresAt").map(Instant::parse),
                whole(json));
    }

    static ExecResult result(JsonNode json) {
        return new ExecResult(
                text(json, "execId"),
                json.path("exitCode").asInt(),
                text(json, "result"),
                json.path("truncated").asBoolean(false),
                text(json, "status"),
                Duration.ofMillis(json.path("durationMs").asLong()),
                optional(json, "detail"));
    }

    static BackgroundExec background(JsonNode json) {
        JsonNode code = json.path("exitCode");
        return new BackgroundExec(
                text(json, "execId"),
                text(json, "state").equals("running"),
                text(json, "outputPath"),
                code.isNumber() ? OptionalInt.of(code.asInt()) : OptionalInt.empty(),
                optional(json, "status"));
    }

    static FileStat file(JsonNode json) {
        Kind kind = switch (text(json, "type")) {
            case "file" -> Kind.FILE;
            case "directory" -> Kind.DIRECTORY;
            case "link" -> Kind.LINK;
            default -> Kind.OTHER;
        };
        return new FileStat(
                text(json, "path"),
                kind,
                json.path("size").asLong(),
                text(json, "mode"),
                Instant.parse(text(json, "modifiedAt")));
    }

    static FileListing listing(JsonNode json) {
        return new FileListing(
                json.path("entries").valueStream().map(SandboxCodec::file).toList(),
                json.path("complete").asBoolean(true));
    }

    static UnpackedTree tree(JsonNode json) {
        return new UnpackedTree(
                json.path("entries").asLong(), json.path("bytes").asLong());
    }

    static Inspection inspection(JsonNode json) {
        Map<String, Long> usage = new LinkedHashMap<>();
        json.path("usage")
                .properties()
                .forEach(one -> usage.put(one.getKey(), one.getValue().asLong()));
        return new Inspection(
                sandbox(json.path("sandbox")),
                json.path("isolation")
                        .path("properties")
                        .valueStream()
                        .map(one -> new Inspection.Property(
                                text(one, "name"), one.path("held").asBoolean(), text(one, "detail")))
                        .toList(),
                json.path("limits")
                        .valueStream()
                        .map(one -> new Inspection.Limit(
                                text(one, "name"), one.path("value").asDouble(), text(one, "means")))
                        .toList(),
                usage,
                json.path("executions").path("started").asLong(),
                json.path("executions")
                        .path("running")
                        .valueStream()
                        .map(one -> new Inspection.RunningExec(
                                text(one, "id"), text(one, "command"), text(one, "cwd"), text(one, "startedBy")))
                        .toList(),
                whole(json));
    }

    /** Empty for what is no event, a heartbeat. */
    static Optional<SandboxEvent> event(String line) {
        JsonNode json = JsonMapper.shared().readTree(line);
        if (!json.path("seq").isNumber()) {
            return Optional.empty();
        }
        return Optional.of(new SandboxEvent(
                json.path("seq").asLong(),
                text(json, "type"),
                Instant.parse(text(json, "ts")),
                text(json, "principal"),
                new JsonText(line)));
    }

    private static JsonText whole(JsonNode json) {
        return new JsonText(JsonMapper.shared().writeValueAsString(json));
    }

    private static String text(JsonNode json, String name) {
        return json.path(name).asString("");
    }

    private static Optional<String> optional(JsonNode json, String name) {
        return Optional.of(json.path(name)).filter(JsonNode::isString).map(JsonNode::stringValue);
    }
}
