package dev.belay.server.codegraff;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.registry.SandboxRequest;
import dev.belay.sandbox.registry.SandboxSize;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The body of {@code POST /v1/sandboxes}. What the contract knows and this server does not do is refused by name. */
public final class CreateBody {
    private static final List<String> KNOWN = List.of(
            "language",
            "autoStopMinutes",
            "labels",
            "name",
            "provider",
            "persistent",
            "role",
            "codegraff",
            "autoDestroyMinutes",
            "memoryMb",
            "cpus",
            "diskMb",
            "diskExact",
            "processes",
            "projects");
    private static final BigDecimal MOST_MINUTES = BigDecimal.valueOf(60L * 24 * 366);

    private CreateBody() {}

    static SandboxRequest read(byte[] body, SandboxLimits standard) {
        return of(new Fields(body.length == 0 ? Json.object() : Json.readObject(body)).only(KNOWN), standard);
    }

    /** @param standard what it gets where the fields do not say */
    public static SandboxRequest of(Fields fields, SandboxLimits standard) {
        refuse(fields, "role", "roles are not supported by this server");
        if (fields.bool("codegraff", false)) {
            throw new InvalidRequestException(
                    "codegraff", "inference cannot be attached to a sandbox: no key ever enters one; leave it out");
        }
        if (!fields.bool("persistent", true)) {
            throw new InvalidRequestException(
                    "persistent", "sandboxes stay until they are destroyed; send autoDestroyMinutes for one that goes");
        }
        if (fields.string("provider").filter(name -> !name.equals("local")).isPresent()) {
            throw new InvalidRequestException("provider", "the only provider of this server is \"local\"");
        }
        return new SandboxRequest(
                fields.string("name"),
                fields.string("language"),
                labels(fields),
                limits(fields, standard),
                fields.strings("projects").orElse(List.of()),
                minutes(fields, "autoStopMinutes"),
                minutes(fields, "autoDestroyMinutes"));
    }

    private static void refuse(Fields fields, String name, String why) {
        if (fields.node(name).isPresent()) {
            throw new InvalidRequestException(name, why + "; leave \"" + name + "\" out");
        }
    }

    private static Map<String, String> labels(Fields fields) {
        Map<String, String> labels = new LinkedHashMap<>();
        fields.object("labels")
                .ifPresent(object -> object.properties().forEach(label -> {
                    if (!label.getValue().isString()) {
                        throw new InvalidRequestException("labels", "the values of \"labels\" must be strings");
                    }
                    labels.put(label.getKey(), label.getValue().stringValue());
                }));
        return labels;
    }

    private static SandboxLimits limits(Fields fields, SandboxLimits standard) {
        return new SandboxSize(
                        fields.integer("memoryMb"),
                        fields.decimal("cpus").map(BigDecimal::doubleValue),
                        fields.integer("processes"),
                        fields.integer("diskMb"),
                        fields.bool("diskExact", false))
                .over(standard);
    }

    /** 0 is for never. */
    private static Optional<Duration> minutes(Fields fields, String name) {
        return fields.decimal(name)
                .map(minutes -> {
                    if (minutes.signum() < 0 || minutes.compareTo(MOST_MINUTES) > 0) {
                        throw new InvalidRequestException(
                                name, "the field \"" + name + "\" must be from 0 (never) to " + MOST_MINUTES);
                    }
                    return Duration.ofMillis(
                            minutes.multiply(BigDecimal.valueOf(60_000)).longValue());
                })
                .filter(Duration::isPositive);
    }
}
