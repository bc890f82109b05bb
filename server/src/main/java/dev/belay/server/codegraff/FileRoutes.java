package dev.belay.server.codegraff;

import dev.belay.api.BelayException;
import dev.belay.api.FileException;
import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.archive.ArchiveFormat;
import dev.belay.sandbox.archive.ArchiveLimits;
import dev.belay.sandbox.archive.Archives;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Files of a sandbox beyond the contract: streamed, so that their size costs no memory, and whole trees as archives. */
final class FileRoutes {
    private static final int MOST_LISTED = 10_000;

    private final SandboxLifecycle lifecycle;
    private final long uploadBytes;

    FileRoutes(SandboxLifecycle lifecycle, long uploadBytes) {
        this.lifecycle = lifecycle;
        this.uploadBytes = uploadBytes;
    }

    List<Route> routes(String sandbox) {
        return List.of(
                Route.get(sandbox + "/files", Access.SANDBOX, this::read),
                Route.put(sandbox + "/files", Access.SANDBOX, this::write),
                Route.delete(sandbox + "/files", Access.SANDBOX, this::remove),
                Route.get(sandbox + "/files/stat", Access.SANDBOX, this::stat),
                Route.get(sandbox + "/files/list", Access.SANDBOX, this::list),
                Route.post(sandbox + "/files/directory", Access.SANDBOX, this::makeDirectory),
                Route.post(sandbox + "/files/move", Access.SANDBOX, this::move),
                Route.get(sandbox + "/archive", Access.SANDBOX, this::pack),
                Route.put(sandbox + "/archive", Access.SANDBOX, this::unpack));
    }

    private interface Work {
        void with(SandboxFiles files) throws IOException;
    }

    private void files(Call call, Work work) throws IOException {
        try (Sandbox sandbox = lifecycle.use(call.scope(), SandboxFace.sandbox(call))) {
            work.with(sandbox.files());
        }
    }

    /** What is refused before all of it came in is read on, so that the client gets to read why. */
    private void incoming(Call call, Work work) throws IOException {
        try {
            files(call, work);
        } catch (FileException e) {
            call.drainBody();
            throw e.code().equals("file_too_large") ? tooLarge(e) : e;
        } catch (BelayException e) {
            call.drainBody();
            throw e;
        }
    }

    private FileException tooLarge(FileException e) {
        return new FileException(
                e.code(),
                e.text() + "; a request takes at most sandbox.upload_bytes (" + uploadBytes
                        + " bytes), a file at most sandbox.file_bytes ("
                        + lifecycle.policy().standard().fileBytes() + " bytes)");
    }

    private static String path(Call call) {
        return call.query("path")
                .filter(path -> !path.isEmpty())
                .orElseThrow(() -> new InvalidRequestException("path", "the query parameter \"path\" is required"));
    }

    private void read(Call call) throws IOException {
        files(call, files -> {
            try (SandboxFiles.Download download = files.download(path(call), uploadBytes)) {
                try (OutputStream out = call.answerStream(
                        "application/octet-stream", name(download.stat().path()))) {
                    download.content().transferTo(out);
                }
            }
        });
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private void write(Call call) throws IOException {
        incoming(
                call,
                files -> call.answer(200, SandboxJson.of(files.upload(path(call), call.bodyStream(), uploadBytes))));
    }

    private void remove(Call call) throws IOException {
        files(call, files -> {
            files.remove(path(call));
            call.answer(204);
        });
    }

    private void stat(Call call) throws IOException {
        files(call, files -> call.answer(200, SandboxJson.of(files.stat(path(call)))));
    }

    private void list(Call call) throws IOException {
        int depth = number(call, "depth", 1, 64);
        int limit = number(call, "limit", 1000, MOST_LISTED);
        files(call, files -> {
            SandboxFiles.FileListing listing = files.list(call.query("path").orElse("/workspace"), depth, limit);
            ObjectNode json = Json.object();
            ArrayNode entries = json.putArray("entries");
            listing.entries().forEach(stat -> entries.add(SandboxJson.of(stat)));
            call.answer(200, json.put("complete", listing.complete()));
        });
    }

    private static int number(Call call, String name, int standard, int most) {
        Optional<String> text = call.query(name);
        if (text.isEmpty()) {
            return standard;
        }
        if (!text.get().matches("[0-9]{1,6}")
                || Integer.parseInt(text.get()) < 1
                || Integer.parseInt(text.get()) > most) {
            throw new InvalidRequestException(name, name + " must be a whole number from 1 to " + most);
        }
        return Integer.parseInt(text.get());
    }

    private void makeDirectory(Call call) throws IOException {
        String path =
                new Fields(Json.readObject(call.body())).only(List.of("path")).requiredString("path");
        files(call, files -> call.answer(200, SandboxJson.of(files.makeDirectory(path))));
    }

    private void move(Call call) throws IOException {
        Fields fields = new Fields(Json.readObject(call.body())).only(List.of("from", "to"));
        String from = fields.requiredString("from");
        String to = fields.requiredString("to");
        files(call, files -> call.answer(200, SandboxJson.of(files.move(from, to))));
    }

    private static ArchiveFormat format(Call call) {
        return ArchiveFormat.of(call.query("format").orElse("tar.gz"));
    }

    private void pack(Call call) throws IOException {
        ArchiveFormat format = format(call);
        String path = call.query("path").orElse("/workspace");
        files(call, files -> {
            // Opened before the answer begins, so that a path that is wrong is an error and no broken archive.
            SandboxFiles.FileStat stat = files.stat(path);
            try (SandboxFiles.TreeReader tree = files.readTree(path);
                    OutputStream out =
                            call.answerStream(format.contentType(), name(stat.path()) + "." + format.word())) {
                Archives.pack(tree, format, out);
            }
        });
    }

    private void unpack(Call call) throws IOException {
        ArchiveFormat format = format(call);
        String directory = call.query("path").orElse("/workspace");
        ArchiveLimits limits =
                new ArchiveLimits(uploadBytes, ArchiveLimits.DEFAULT.entries(), ArchiveLimits.DEFAULT.ratio());
        incoming(
                call,
                files -> call.answer(
                        200, SandboxJson.of(Archives.unpack(files, directory, format, call.bodyStream(), limits))));
    }
}
