package dev.belay.server.cloudagent.wire;

import dev.belay.agent.session.Importing;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.TurnId;
import dev.belay.api.event.Event;
import dev.belay.eventlog.EventLog;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An event as a line of an export: its envelope, its kind, and its body as it is stored. */
public final class ExportLine {
    private static final List<String> FIELDS =
            List.of("seq", "time", "principal", "turn", "parent", "source", "kind", "version", "body");

    private ExportLine() {}

    /** Without the line break at its end. */
    public static String of(Event event) {
        ObjectNode envelope = Json.object()
                .put("seq", event.seq())
                .put("time", WireTime.text(event.timeMicros()))
                .put("principal", event.principal())
                .put("turn", event.turn().map(TurnId::value).orElse(null))
                .put("parent", event.parent().isPresent() ? event.parent().getAsLong() : null)
                .put("source", event.source())
                .put("kind", EventLog.kind(event.body()))
                .put("version", event.version());
        String begun = Json.writeText(envelope);
        // As it is stored: what an outside agent sent may have line breaks between its tokens, and nowhere else.
        String body = EventLog.encode(event.body()).text().replace('\n', ' ').replace('\r', ' ');
        return begun.substring(0, begun.length() - 1) + ",\"body\":" + body + "}";
    }

    /**
     * Reads a line; who had caused the event is left out.
     *
     * @throws InvalidRequestException naming the field that is wrong
     * @throws dev.belay.api.MalformedRequestException if it is no JSON
     */
    public static Importing.Line read(byte[] line) {
        ObjectNode object = Json.readObject(line);
        Fields fields = new Fields(object).only(FIELDS);
        return new Importing.Line(
                whole(fields, "seq").orElseThrow(() -> new InvalidRequestException("seq", "a line has no seq")),
                time(fields.requiredString("time")),
                fields.string("turn"),
                whole(fields, "parent").map(OptionalLong::of).orElse(OptionalLong.empty()),
                fields.requiredString("source"),
                fields.requiredString("kind"),
                new JsonText(Json.writeText(fields.object("body")
                        .orElseThrow(() -> new InvalidRequestException("body", "a line has no body")))));
    }

    private static Optional<Long> whole(Fields fields, String name) {
        Optional<JsonNode> node = fields.node(name);
        if (node.isPresent() && !(node.get().isIntegralNumber() && node.get().canConvertToLong())) {
            throw new InvalidRequestException(name, "the field \"" + name + "\" must be a whole number");
        }
        return node.map(JsonNode::longValue);
    }

    private static long time(String text) {
        try {
            return WireTime.micros(Instant.parse(text));
        } catch (DateTimeException | ArithmeticException e) {
            throw new InvalidRequestException("time", "time must be like 2030-01-31T12:00:00.000000Z");
        }
    }
}
