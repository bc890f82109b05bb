package dev.belay.server.codegraff;

import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.archive.Archives;
import dev.belay.sandbox.registry.Inspection;
import dev.belay.sandbox.registry.KeptSandbox;
import dev.belay.sandbox.registry.SandboxState;
import dev.belay.server.http.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Sandboxes, and what they hold, on the wire (contract: CodeGraff 4.2). */
public final class SandboxJson {
    private static final double GIB = 1L << 30;

    private SandboxJson() {}

    /** A sandbox as it stands. */
    public static ObjectNode of(KeptSandbox sandbox) {
        ObjectNode json = Json.object()
                .put("id", sandbox.id().value())
                .put("state", state(sandbox.state()))
                .put("provider", sandbox.provider())
                .put("isolation", sandbox.isolation())
                .put("kept", sandbox.kept())
                .put("createdBy", sandbox.principal())
                .put("createdAt", time(sandbox.createdMicros()))
                .put("lastUsedAt", time(sandbox.usedMicros()));
        sandbox.request().ifPresent(request -> {
            json.put("name", request.name().orElse(null))
                    .put("language", request.language().orElse(null));
            ObjectNode labels = json.putObject("labels");
            request.labels().forEach(labels::put);
            json.put("cpu", request.limits().cpus())
                    .put("memory", request.limits().memoryBytes() / GIB)
                    .put("disk", request.limits().diskBytes() / GIB);
            ArrayNode projects = json.putArray("projects");
            request.projects().forEach(projects::add);
            json.put("autoStopMinutes", minutes(request.autoStop()));
        });
        json.put("stopsAt", time(sandbox.stopAtMicros()));
        return json.put("expiresAt", time(sandbox.destroyAtMicros()));
    }

    private static double minutes(Optional<Duration> duration) {
        return duration.map(known -> known.toMillis() / 60_000.0).orElse(0.0);
    }

    private static String state(SandboxState state) {
        return switch (state) {
            case STARTING -> "starting";
            case RUNNING -> "started";
            case STOPPING -> "stopping";
            case STOPPED -> "stopped";
            case DESTROYING, DESTROYED -> "destroyed";
        };
    }

    static String time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }

    private static @Nullable String time(OptionalLong micros) {
        return micros.isPresent() ? time(micros.getAsLong()) : null;
    }

    static ObjectNode of(Inspection seen) {
        ObjectNode json = Json.object();
        json.set("sandbox", of(seen.sandbox()));
        ObjectNode isolation =
                json.putObject("isolation").put("level", seen.sandbox().isolation());
        ArrayNode properties = isolation.putArray("properties");
        seen.isolation()
                .ifPresent(known -> known.properties()
                        .forEach(property -> properties
                                .addObject()
                                .put("name", property.name())
                                .put("held", property.held())
                                .put("detail", property.detail())));
        ArrayNode limits = json.putArray("limits");
        seen.limits()
                .forEach(limit -> limits.addObject()
                        .put("name", limit.name())
                        .put("value", limit.value())
                        .put("means", limit.means()));
        ObjectNode usage = json.putObject("usage")
                .put("diskBytes", seen.disk().bytes())
                .put("diskEntries", seen.disk().entries());
        seen.usage().ifPresent(known -> {
            put(usage, "memoryBytes", known.memoryBytes());
            put(usage, "memoryPeakBytes", known.memoryPeakBytes());
            put(usage, "cpuMicros", known.cpuMicros());
            put(usage, "processes", known.processes());
            put(usage, "memoryKills", known.memoryKills());
            put(usage, "throttled", known.throttled());
        });
        ObjectNode executions = json.putObject("executions").put("started", seen.startedExecs());
        ArrayNode running = executions.putArray("running");
        seen.running()
                .forEach(exec -> running.addObject()
                        .put("id", exec.id().value())
                        .put("command", exec.command())
                        .put("cwd", exec.directory())
                        .put("startedBy", exec.principal())
                        .put("startedAt", time(exec.startedMicros())));
        return json;
    }

    private static void put(ObjectNode json, String name, OptionalLong number) {
        number.ifPresent(value -> json.put(name, value));
    }

    /** A file's state. */
    public static ObjectNode of(FileStat stat) {
        return Json.object()
                .put("path", stat.path())
                .put("type", stat.kind().name().toLowerCase(Locale.ROOT))
                .put("size", stat.size())
                .put("mode", "%04o".formatted(stat.mode()))
                .put("modifiedAt", time(stat.modifiedMicros()));
    }

    static ObjectNode of(Archives.Tree tree) {
        return Json.object().put("entries", tree.entries()).put("bytes", tree.bytes());
    }
}
