package dev.belay.server.codegraff;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Terminal;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of {@code POST /v1/sandboxes/{id}/exec-stream}.
 *
 * @param stdin whether input is to come
 * @param terminal what it runs on, whose input is always open; absent for pipes
 */
record StreamBody(ExecBody exec, boolean stdin, Optional<Terminal> terminal) {
    private static final List<String> KNOWN = Stream.concat(ExecBody.COMMAND.stream(), Stream.of("stdin", "terminal"))
            .toList();
    private static final int SMALLEST_CAPTURE = 1024;

    static StreamBody read(byte[] body) {
        Fields fields = new Fields(Json.readObject(body)).only(KNOWN);
        return new StreamBody(
                ExecBody.of(fields),
                fields.bool("stdin", false),
                fields.object("terminal").map(StreamBody::terminal));
    }

    /** A terminal's size: {@code {"rows", "columns"}}. */
    static Terminal terminal(ObjectNode json) {
        Fields fields = new Fields(json).only(List.of("rows", "columns"));
        try {
            return new Terminal(size(fields, "rows"), size(fields, "columns"));
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("terminal", String.valueOf(e.getMessage()));
        }
    }

    private static int size(Fields fields, String name) {
        OptionalInt size = fields.integer(name);
        return size.orElseThrow(() -> new InvalidRequestException(name, "the field \"" + name + "\" is required"));
    }

    /** Its output goes out as it comes and is not kept. */
    ExecSpec spec() {
        ExecSpec spec = exec.plain().withOutputLimit(SMALLEST_CAPTURE);
        if (terminal.isPresent()) {
            return spec.on(terminal.get());
        }
        return stdin ? spec.withOpenStdin() : spec;
    }
}
