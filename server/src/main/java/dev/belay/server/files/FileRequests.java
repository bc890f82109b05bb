package dev.belay.server.files;

import dev.belay.api.BelayException;
import dev.belay.api.FileException;
import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.archive.ArchiveFormat;
import dev.belay.sandbox.archive.ArchiveLimits;
import dev.belay.sandbox.archive.Archives;
import dev.belay.server.http.Call;
import dev.belay.server.http.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Serves requests about files: streamed, so that their size costs no memory, and whole trees as archives. */
public final class FileRequests {
    private static final int MOST_LISTED = 10_000;

    private final FilePlace.Finder finder;
    private final FileShape shape;
    private final Limits limits;

    /**
     * @param uploadBytes the largest file or archive in one request
     * @param fileBytes the largest file that a sandbox takes, to be told
     */
    public record Limits(long uploadBytes, long fileBytes) {}

    public FileRequests(FilePlace.Finder finder, FileShape shape, Limits limits) {
        this.finder = finder;
        this.shape = shape;
        this.limits = limits;
    }

    /** What is done with the files of a place. */
    public interface Work {
        void with(SandboxFiles files, String path) throws IOException;
    }

    /** Does that with a path of the place, which must have files. */
    public void at(Call call, String path, Work work) throws IOException {
        try (FilePlace place = finder.find(call, false).orElseThrow(() -> nothing(path))) {
            work.with(place.files(), place.resolve(path));
        }
    }

    private static FileException nothing(String path) {
        return new FileException("file_not_found", "there is no " + path + ": no files are here yet");
    }

    /** As {@link #at} for what comes in; what is refused before all of it came is read on, so that the client gets to read why. */
    private void into(Call call, String path, Work work) throws IOException {
        try (FilePlace place = finder.find(call, true).orElseThrow(() -> nothing(path))) {
            work.with(place.files(), place.resolve(path));
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
                e.text() + "; a request takes at most sandbox.upload_bytes (" + limits.uploadBytes()
                        + " bytes), a file at most sandbox.file_bytes (" + limits.fileBytes() + " bytes)");
    }

    /** Answers with a file's bytes. */
    public void read(Call call, String path) throws IOException {
        at(call, path, (files, at) -> {
            try (SandboxFiles.Download download = files.download(at, limits.uploadBytes())) {
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

    /** Puts the request's body where the path says. */
    public void write(Call call, String path) throws IOException {
        into(
                call,
                path,
                (files, at) -> call.answer(200, shape.of(files.upload(at, call.bodyStream(), limits.uploadBytes()))));
    }

    /** Removes what is there. */
    public void remove(Call call, String path) throws IOException {
        at(call, path, (files, at) -> {
            files.remove(at);
            call.answer(204);
        });
    }

    /** Answers with the state of what is there. */
    public void stat(Call call, String path) throws IOException {
        at(call, path, (files, at) -> call.answer(200, shape.of(files.stat(at))));
    }

    /** Lists what lies beneath the path, as deep and as much of it as the query says; a place without files is empty. */
    public void list(Call call, String path) throws IOException {
        int depth = number(call, "depth", 1, 64);
        int limit = number(call, "limit", 1000, MOST_LISTED);
        Optional<FilePlace> found = finder.find(call, false);
        if (found.isEmpty()) {
            call.answer(200, listing(new SandboxFiles.FileListing(List.of(), true)));
            return;
        }
        try (FilePlace place = found.get()) {
            call.answer(200, listing(place.files().list(place.resolve(path), depth, limit)));
        }
    }

    private ObjectNode listing(SandboxFiles.FileListing listing) {
        ObjectNode json = Json.object();
        ArrayNode entries = json.putArray("entries");
        listing.entries().forEach(stat -> entries.add(shape.of(stat)));
        return json.put("complete", listing.complete());
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

    private static ArchiveFormat format(Call call) {
        return ArchiveFormat.of(call.query("format").orElse("tar.gz"));
    }

    /** Answers with a directory, or a file, as an archive. */
    public void pack(Call call, String path) throws IOException {
        ArchiveFormat format = format(call);
        at(call, path, (files, at) -> {
            // Opened before the answer begins, so that a path that is wrong is an error and no broken archive.
            SandboxFiles.FileStat stat = files.stat(at);
            try (SandboxFiles.TreeReader tree = files.readTree(at);
                    OutputStream out =
                            call.answerStream(format.contentType(), name(stat.path()) + "." + format.word())) {
                Archives.pack(tree, format, out);
            }
        });
    }

    /** Unpacks the request's body into a directory. */
    public void unpack(Call call, String directory) throws IOException {
        ArchiveFormat format = format(call);
        ArchiveLimits bounds =
                new ArchiveLimits(limits.uploadBytes(), ArchiveLimits.DEFAULT.entries(), ArchiveLimits.DEFAULT.ratio());
        into(
                call,
                directory,
                (files, at) ->
                        call.answer(200, shape.of(Archives.unpack(files, at, format, call.bodyStream(), bounds))));
    }
}
