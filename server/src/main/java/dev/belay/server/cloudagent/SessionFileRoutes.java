package dev.belay.server.cloudagent;

import dev.belay.agent.change.FileChanges;
import dev.belay.agent.change.FileChanges.FileChange;
import dev.belay.agent.session.SessionFiles;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.SessionId;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.archive.Archives;
import dev.belay.server.cloudagent.wire.WireTime;
import dev.belay.server.files.FilePlace;
import dev.belay.server.files.FileRequests;
import dev.belay.server.files.FileShape;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Files of a session, in and out, and what its agent changed. */
final class SessionFileRoutes {
    private static final String SESSION = "/agent/session/{session_id}";
    private static final FileShape SHAPE = new FileShape() {
        @Override
        public ObjectNode of(FileStat stat) {
            return Json.object()
                    .put("path", stat.path())
                    .put("type", stat.kind().name().toLowerCase(Locale.ROOT))
                    .put("size", stat.size())
                    .put("mode", mode(stat.mode()))
                    .put("modified_at", WireTime.text(stat.modifiedMicros()));
        }

        @Override
        public ObjectNode of(Archives.Tree tree) {
            return Json.object().put("entries", tree.entries()).put("bytes", tree.bytes());
        }
    };

    private final SessionFiles files;
    private final FileRequests requests;

    SessionFileRoutes(SessionFiles files, FileRequests.Limits limits) {
        this.files = files;
        this.requests = new FileRequests(
                (call, make) -> {
                    SessionId session = Requests.session(call);
                    Optional<SessionFiles.Open> open = make
                            ? Optional.of(files.open(call.scope(), session))
                            : files.openIfAny(call.scope(), session);
                    return open.map(Place::new);
                },
                SHAPE,
                limits);
    }

    private record Place(SessionFiles.Open open) implements FilePlace {
        @Override
        public SandboxFiles files() {
            return open.files();
        }

        @Override
        public String resolve(String path) {
            return open.resolve(path);
        }

        @Override
        public void close() {
            open.close();
        }
    }

    List<Route> routes() {
        return List.of(
                Route.get(SESSION + "/files", Access.READ, call -> requests.list(call, directory(call))),
                Route.get(SESSION + "/files/{path...}", Access.READ, call -> requests.read(call, path(call))),
                Route.put(SESSION + "/files/{path...}", Access.RUN, call -> requests.write(call, path(call))),
                Route.delete(SESSION + "/files/{path...}", Access.RUN, call -> requests.remove(call, path(call))),
                Route.get(SESSION + "/archive", Access.READ, call -> requests.pack(call, directory(call))),
                Route.put(SESSION + "/archive", Access.RUN, call -> requests.unpack(call, directory(call))),
                Route.get(SESSION + "/diff", Access.READ, this::diff));
    }

    /** Two slashes before it make it absolute. */
    private static String path(Call call) {
        String path = call.pathParameter("path");
        return call.path().contains("/files//") && !path.startsWith("/") ? "/" + path : path;
    }

    private static String directory(Call call) {
        return call.query("path").filter(path -> !path.isEmpty()).orElse(".");
    }

    private void diff(Call call) throws IOException {
        String format = call.query("format").orElse("json");
        if (!List.of("json", "patch").contains(format)) {
            throw new InvalidRequestException("format", "format must be json or patch");
        }
        Optional<SessionFiles.Open> open = files.openIfAny(call.scope(), Requests.session(call));
        if (open.isEmpty()) {
            write(call, format, "/workspace", true, _ -> {});
            return;
        }
        try (SessionFiles.Open place = open.get()) {
            FileChanges changes = place.changes();
            write(call, format, changes.directory(), changes.complete(), changes::forEach);
        }
    }

    private interface Changes {
        void forEach(FileChanges.Listener listener) throws IOException;
    }

    private static void write(Call call, String format, String directory, boolean complete, Changes changes)
            throws IOException {
        boolean patch = format.equals("patch");
        try (OutputStream out = new BufferedOutputStream(
                call.answerStream(
                        patch ? "text/x-diff;charset=utf-8" : "application/json",
                        patch ? "changes.diff" : "changes.json"),
                1 << 16)) {
            if (patch) {
                changes.forEach(change -> out.write(patch(change).getBytes(StandardCharsets.UTF_8)));
                return;
            }
            ObjectNode head = Json.object().put("directory", directory).put("complete", complete);
            String begun = Json.writeText(head);
            out.write((begun.substring(0, begun.length() - 1) + ",\"files\":[").getBytes(StandardCharsets.UTF_8));
            boolean[] first = {true};
            changes.forEach(change -> {
                out.write((first[0] ? "\n" : ",\n").getBytes(StandardCharsets.UTF_8));
                out.write(Json.write(json(change)));
                first[0] = false;
            });
            out.write("]}\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    /** What is no text is told in a line that a patching program skips. */
    private static String patch(FileChange change) {
        return change.diff().isEmpty()
                ? "# " + change.what().name().toLowerCase(Locale.ROOT) + ": "
                        + Json.writeText(
                                Json.object().put("path", change.path()).put("size", change.size())) + "\n"
                : String.join("\n", change.diff()) + "\n";
    }

    private static ObjectNode json(FileChange change) {
        return Json.object()
                .put("path", change.path())
                .put("change", change.what().name().toLowerCase(Locale.ROOT))
                .put("type", change.link() ? "link" : "file")
                .put("size", change.size())
                .put("mode", mode(change.mode()))
                .put("sha256", change.sha256().orElse(null))
                .put("diff", change.diff().isEmpty() ? null : String.join("\n", change.diff()) + "\n");
    }

    private static String mode(int mode) {
        return "%04o".formatted(mode);
    }
}
