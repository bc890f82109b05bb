package dev.belay.server.cloudagent;

import dev.belay.agent.session.Conversations;
import dev.belay.agent.session.Importing;
import dev.belay.api.BelayException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.LimitException;
import dev.belay.api.MalformedRequestException;
import dev.belay.api.SessionId;
import dev.belay.eventlog.EventLog;
import dev.belay.server.cloudagent.wire.ExportLine;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Conversations as a whole: forked, rewound, exported, imported. */
final class ConversationRoutes {
    private static final String SESSION = "/agent/session/{session_id}";
    private static final int LONGEST_LINE = 2 * EventLog.MAX_BODY;
    private static final long MOST_IMPORTED = 256L << 20;

    private final Conversations conversations;

    ConversationRoutes(Conversations conversations) {
        this.conversations = conversations;
    }

    List<Route> routes() {
        return List.of(
                Route.post(SESSION + "/fork", Access.RUN, this::fork),
                Route.post(SESSION + "/rewind", Access.RUN, this::rewind),
                Route.get(SESSION + "/export", Access.READ, this::export),
                Route.post("/agent/sessions/import", Access.RUN, this::importing));
    }

    private void fork(Call call) {
        byte[] body = call.body();
        Fields fields = new Fields(body.length == 0 ? Json.object() : Json.readObject(body))
                .only(List.of("after_seq", "session_name"));
        Optional<String> name = fields.string("session_name");
        Conversations.Forked forked =
                conversations.fork(call.scope(), Requests.session(call), seq(fields, "after_seq"), name);
        call.answer(
                200,
                Json.object()
                        .put("session_id", forked.session().value())
                        .put("session_name", name.orElse(null))
                        .put("forked_from", Requests.session(call).value())
                        .put("after_seq", forked.atSeq())
                        .put("files", forked.files() ? "copied" : "none")
                        .put("files_complete", forked.allFiles()));
    }

    private void rewind(Call call) {
        Fields fields = new Fields(Json.readObject(call.body())).only(List.of("to_seq"));
        OptionalLong to = seq(fields, "to_seq");
        if (to.isEmpty()) {
            throw new InvalidRequestException("to_seq", "the field \"to_seq\" is required and must be a whole number");
        }
        SessionId session = Requests.session(call);
        long seq = conversations.rewind(call.scope(), session, to.getAsLong());
        call.answer(
                200,
                Json.object()
                        .put("session_id", session.value())
                        .put("to_seq", to.getAsLong())
                        .put("seq", seq)
                        .put("files", "unchanged"));
    }

    private static OptionalLong seq(Fields fields, String name) {
        Optional<JsonNode> node = fields.node(name);
        if (node.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!node.get().isIntegralNumber()
                || !node.get().canConvertToLong()
                || node.get().longValue() < 0) {
            throw new InvalidRequestException(name, "the field \"" + name + "\" must be a whole number, 0 or more");
        }
        return OptionalLong.of(node.get().longValue());
    }

    private void export(Call call) throws IOException {
        SessionId session = Requests.session(call);
        conversations.requireReadable(call.scope(), session);
        try (OutputStream out = new BufferedOutputStream(
                call.answerStream("application/x-ndjson", "session-" + session + ".jsonl"), 1 << 16)) {
            conversations.export(call.scope(), session, event -> {
                try {
                    out.write((ExportLine.of(event) + "\n").getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void importing(Call call) {
        Optional<String> name = call.query("session_name").filter(text -> !text.isEmpty());
        try (Importing importing = conversations.startImport(call.scope(), name)) {
            InputStream in = new BufferedInputStream(call.bodyStream(), 1 << 16);
            long left = MOST_IMPORTED;
            for (Optional<byte[]> line = line(in); line.isPresent(); line = line(in)) {
                left -= line.get().length + 1;
                if (left < 0) {
                    throw new LimitException("a conversation that is imported has at most " + MOST_IMPORTED + " bytes");
                }
                if (line.get().length > 0) {
                    importing.add(ExportLine.read(line.get()));
                }
            }
            ObjectNode made = Json.object()
                    .put("session_id", importing.finish().value())
                    .put("session_name", name.orElse(null))
                    .put("events", importing.events());
            call.answer(200, made);
        } catch (BelayException e) {
            call.drainBody();
            throw e;
        } catch (IOException e) {
            throw new MalformedRequestException("the request body ended early: " + e.getMessage());
        }
    }

    /** Empty at the end. */
    private static Optional<byte[]> line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        if (b < 0) {
            return Optional.empty();
        }
        for (; b >= 0 && b != '\n'; b = in.read()) {
            if (line.size() >= LONGEST_LINE) {
                throw new LimitException("a line of an import has at most " + LONGEST_LINE + " bytes");
            }
            line.write(b);
        }
        return Optional.of(line.toByteArray());
    }
}
