package dev.belay.server.codegraff;

import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.ExecEvent;
import dev.belay.api.event.FileEvent;
import dev.belay.api.event.SandboxEvent;
import dev.belay.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/** A sandbox's events on the wire: one flat object each. */
final class SandboxEvents {
    private SandboxEvents() {}

    /** @param type for example {@code exec.ended} */
    record Line(String type, String json) {}

    static Line of(Event event) {
        ObjectNode json = Json.object();
        String type = describe(event.body(), json);
        ObjectNode line = Json.object()
                .put("type", type)
                .put("seq", event.seq())
                .put("ts", SandboxJson.time(event.timeMicros()))
                .put("sandboxId", event.stream().id())
                .put("principal", event.principal());
        line.setAll(json);
        return new Line(type, Json.writeText(line));
    }

    private static String describe(EventBody body, ObjectNode json) {
        return switch (body) {
            case SandboxEvent event -> sandbox(event, json);
            case ExecEvent event -> exec(event, json);
            case FileEvent event -> file(event, json);
            default -> "other";
        };
    }

    private static String sandbox(SandboxEvent event, ObjectNode json) {
        return switch (event) {
            case SandboxEvent.Created(String provider, String isolation) -> {
                json.put("provider", provider).put("isolation", isolation);
                yield "sandbox.created";
            }
            case SandboxEvent.Started(String isolation) -> {
                json.put("isolation", isolation);
                yield "sandbox.started";
            }
            case SandboxEvent.Stopped(String reason) -> {
                json.put("reason", reason);
                yield "sandbox.stopped";
            }
            case SandboxEvent.Destroyed(String reason) -> {
                json.put("reason", reason);
                yield "sandbox.destroyed";
            }
        };
    }

    private static String exec(ExecEvent event, ObjectNode json) {
        return switch (event) {
            case ExecEvent.Started started -> {
                json.put("execId", started.exec().value())
                        .put("command", started.command())
                        .put("cwd", started.directory());
                yield "exec.started";
            }
            case ExecEvent.Ended ended -> {
                json.put("execId", ended.exec().value()).put("status", ended.status());
                ended.exitCode().ifPresent(code -> json.put("exitCode", code));
                json.put("stdoutBytes", ended.stdoutBytes())
                        .put("stderrBytes", ended.stderrBytes())
                        .put("durationMs", ended.durationMillis());
                yield "exec.ended";
            }
        };
    }

    private static String file(FileEvent event, ObjectNode json) {
        return switch (event) {
            case FileEvent.Written(String path, long bytes) -> {
                json.put("path", path).put("bytes", bytes);
                yield "file.written";
            }
            case FileEvent.DirectoryMade(String path) -> {
                json.put("path", path);
                yield "file.directory_made";
            }
            case FileEvent.Moved(String from, String to) -> {
                json.put("from", from).put("to", to);
                yield "file.moved";
            }
            case FileEvent.Removed(String path) -> {
                json.put("path", path);
                yield "file.removed";
            }
            case FileEvent.Unpacked(String directory, int entries, long bytes) -> {
                json.put("path", directory).put("entries", entries).put("bytes", bytes);
                yield "file.unpacked";
            }
        };
    }
}
