package dev.belay.server.codegraff;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.archive.Archives;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.server.files.FilePlace;
import dev.belay.server.files.FileRequests;
import dev.belay.server.files.FileShape;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Files of a sandbox beyond the contract. */
final class FileRoutes {
    private static final FileShape SHAPE = new FileShape() {
        @Override
        public ObjectNode of(FileStat stat) {
            return SandboxJson.of(stat);
        }

        @Override
        public ObjectNode of(Archives.Tree tree) {
            return SandboxJson.of(tree);
        }
    };

    private final FileRequests requests;

    FileRoutes(SandboxLifecycle lifecycle, long uploadBytes) {
        this.requests = new FileRequests(
                (call, _) -> Optional.of(new Place(lifecycle.use(call.scope(), SandboxFace.sandbox(call)))),
                SHAPE,
                new FileRequests.Limits(
                        uploadBytes, lifecycle.policy().standard().fileBytes()));
    }

    private record Place(Sandbox sandbox) implements FilePlace {
        @Override
        public SandboxFiles files() {
            return sandbox.files();
        }

        @Override
        public String resolve(String path) {
            return path;
        }

        @Override
        public void close() {
            sandbox.close();
        }
    }

    List<Route> routes(String sandbox) {
        return List.of(
                Route.get(sandbox + "/files", Access.SANDBOX, call -> requests.read(call, path(call))),
                Route.put(sandbox + "/files", Access.SANDBOX, call -> requests.write(call, path(call))),
                Route.delete(sandbox + "/files", Access.SANDBOX, call -> requests.remove(call, path(call))),
                Route.get(sandbox + "/files/stat", Access.SANDBOX, call -> requests.stat(call, path(call))),
                Route.get(sandbox + "/files/list", Access.SANDBOX, call -> requests.list(call, directory(call))),
                Route.post(sandbox + "/files/directory", Access.SANDBOX, this::makeDirectory),
                Route.post(sandbox + "/files/move", Access.SANDBOX, this::move),
                Route.get(sandbox + "/archive", Access.SANDBOX, call -> requests.pack(call, directory(call))),
                Route.put(sandbox + "/archive", Access.SANDBOX, call -> requests.unpack(call, directory(call))));
    }

    private static String path(Call call) {
        return call.query("path")
                .filter(path -> !path.isEmpty())
                .orElseThrow(() -> new InvalidRequestException("path", "the query parameter \"path\" is required"));
    }

    private static String directory(Call call) {
        return call.query("path").orElse("/workspace");
    }

    private void makeDirectory(Call call) throws IOException {
        String path =
                new Fields(Json.readObject(call.body())).only(List.of("path")).requiredString("path");
        requests.at(call, path, (files, at) -> call.answer(200, SandboxJson.of(files.makeDirectory(at))));
    }

    private void move(Call call) throws IOException {
        Fields fields = new Fields(Json.readObject(call.body())).only(List.of("from", "to"));
        String to = fields.requiredString("to");
        requests.at(
                call,
                fields.requiredString("from"),
                (files, from) -> call.answer(200, SandboxJson.of(files.move(from, to))));
    }
}
