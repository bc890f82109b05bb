package dev.belay.server.codegraff;

import dev.belay.api.ConflictException;
import dev.belay.api.FileException;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.LimitException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SandboxId;
import dev.belay.eventlog.EventLog;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.sandbox.registry.SandboxRequest;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.ErrorShape;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.Face;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.OpenStreams;
import dev.belay.server.http.PatientAnswer;
import dev.belay.server.http.Route;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The sandbox gateway (contract: CodeGraff 4): create, list, get, exec, upload, download, stop, start, destroy; and inspection, events. */
public final class SandboxFace implements Face {
    private static final String ALL = "/v1/sandboxes";
    private static final String ONE = ALL + "/{id}";
    private static final ErrorShape ERRORS = new GatewayErrors();
    /** What goes out as base64 in one JSON text; larger files go through {@code /files}. */
    private static final long LARGEST_DOWNLOAD = 16L << 20;

    private final SandboxLifecycle lifecycle;
    private final SandboxStream stream;
    private final FileRoutes files;
    private final ExecStreams execStreams;
    private final Duration heartbeat;
    private final BackgroundExecs background = new BackgroundExecs();

    /**
     * @param heartbeat how long a stream may be silent
     * @param uploadBytes the largest file or archive in one request
     */
    public SandboxFace(
            SandboxLifecycle lifecycle, EventLog log, OpenStreams streams, Duration heartbeat, long uploadBytes) {
        this.lifecycle = lifecycle;
        this.heartbeat = heartbeat;
        this.stream = new SandboxStream(log, streams, heartbeat);
        this.files = new FileRoutes(lifecycle, uploadBytes);
        this.execStreams = new ExecStreams(lifecycle, streams, heartbeat);
    }

    @Override
    public List<Route> routes() {
        return Stream.of(
                        Stream.of(
                                Route.post(ALL, Access.SANDBOX, this::create),
                                Route.get(ALL, Access.SANDBOX, this::list),
                                Route.get(ONE, Access.SANDBOX, this::get),
                                Route.delete(ONE, Access.SANDBOX, this::destroy),
                                Route.post(ONE + "/stop", Access.SANDBOX, this::stop),
                                Route.post(ONE + "/start", Access.SANDBOX, this::start),
                                Route.post(ONE + "/exec", Access.SANDBOX, this::exec),
                                Route.get(ONE + "/exec/{exec}", Access.SANDBOX, this::backgroundExec),
                                Route.post(ONE + "/upload", Access.SANDBOX, this::upload),
                                Route.post(ONE + "/download", Access.SANDBOX, this::download),
                                Route.get(ONE + "/inspect", Access.SANDBOX, this::inspect),
                                Route.get(ONE + "/events", Access.SANDBOX, this::events)),
                        execStreams.routes(ONE).stream(),
                        files.routes(ONE).stream())
                .flatMap(routes -> routes)
                .map(route -> route.withErrors(ERRORS))
                .toList();
    }

    private void create(Call call) {
        SandboxRequest request = CreateBody.read(call.body(), lifecycle.policy().standard());
        call.answer(201, SandboxJson.of(lifecycle.create(call.scope(), request)));
    }

    /** A bare array: the contract's own client takes nothing else (contract: CodeGraff 0.3, 6). */
    private void list(Call call) {
        ArrayNode list = Json.array();
        lifecycle.list(call.scope()).forEach(sandbox -> list.add(SandboxJson.of(sandbox)));
        call.answer(200, list);
    }

    private void get(Call call) {
        call.answer(200, SandboxJson.of(lifecycle.get(call.scope(), sandbox(call))));
    }

    private void destroy(Call call) {
        lifecycle.destroy(call.scope(), sandbox(call));
        call.answer(204);
    }

    private void stop(Call call) {
        call.answer(200, SandboxJson.of(lifecycle.stop(call.scope(), sandbox(call))));
    }

    private void start(Call call) {
        call.answer(200, SandboxJson.of(lifecycle.start(call.scope(), sandbox(call))));
    }

    private void inspect(Call call) {
        call.answer(200, SandboxJson.of(lifecycle.inspect(call.scope(), sandbox(call))));
    }

    private void events(Call call) throws InterruptedException {
        SandboxId id = sandbox(call);
        lifecycle.get(call.scope(), id);
        stream.answer(call, id);
    }

    private void exec(Call call) throws InterruptedException {
        SandboxId id = sandbox(call);
        ExecBody body = ExecBody.read(call.body());
        if (body.background()) {
            call.answer(202, startInBackground(call, id, body));
            return;
        }
        PatientAnswer answer = new PatientAnswer(call, heartbeat);
        try (Sandbox sandbox = lifecycle.use(call.scope(), id)) {
            FollowedExec exec = new FollowedExec(sandbox.start(body.spec(), ExecOutput.NONE));
            try {
                ExecResult result = answer.await(exec::within);
                if (result.status() == ExecResult.Status.SANDBOX_DIED && !answer.begun()) {
                    throw new ConflictException(
                            "sandbox_not_running",
                            "the sandbox " + id + " ended while the command ran: " + result.detail());
                }
                answer.answer(call, ExecJson.of(result));
            } catch (ReaderGoneException e) {
                // Nobody waits for it any more (attack catalogue R13).
                exec.cancel();
                exec.end();
            }
        }
    }

    private ObjectNode startInBackground(Call call, SandboxId id, ExecBody body) {
        String exec = UUID.randomUUID().toString();
        Sandbox sandbox = lifecycle.use(call.scope(), id);
        try {
            Exec started = sandbox.start(body.spec(BackgroundExecs.outputFile(exec)), ExecOutput.NONE);
            background.follow(exec, sandbox, started);
            return Json.object()
                    .put("execId", exec)
                    .put("state", "running")
                    .put("outputPath", BackgroundExecs.outputFile(exec));
        } catch (RuntimeException | Error e) {
            sandbox.close();
            throw e;
        }
    }

    private void backgroundExec(Call call) {
        SandboxId id = sandbox(call);
        lifecycle.get(call.scope(), id);
        String exec = call.pathParameter("exec");
        BackgroundExecs.Known known = background
                .find(id, exec)
                .orElseThrow(() -> new NotFoundException("the sandbox has no background command " + exec
                        + "; what ran before the server started is in its events"));
        ObjectNode json = Json.object()
                .put("execId", exec)
                .put("state", known.result().isPresent() ? "ended" : "running")
                .put("outputPath", known.outputFile());
        known.result()
                .ifPresent(result -> json.put("exitCode", ExecJson.exitCode(result))
                        .put("status", result.status().word())
                        .put("durationMs", result.duration().toMillis()));
        call.answer(200, json);
    }

    private void upload(Call call) {
        SandboxId id = sandbox(call);
        Fields fields = new Fields(Json.readObject(smallBody(call))).only(List.of("path", "contentBase64"));
        String path = fields.requiredString("path");
        byte[] content;
        try {
            content = Base64.getDecoder().decode(fields.requiredString("contentBase64"));
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("contentBase64", "contentBase64 is not valid base64");
        }
        try (Sandbox sandbox = lifecycle.use(call.scope(), id)) {
            call.answer(200, SandboxJson.of(sandbox.files().write(path, content)));
        }
    }

    private void download(Call call) {
        SandboxId id = sandbox(call);
        String path =
                new Fields(Json.readObject(call.body())).only(List.of("path")).requiredString("path");
        try (Sandbox sandbox = lifecycle.use(call.scope(), id)) {
            SandboxFiles.FileContent content = small(sandbox, path);
            call.answer(
                    200,
                    SandboxJson.of(content.stat())
                            .put("contentBase64", Base64.getEncoder().encodeToString(content.bytes())));
        }
    }

    private static byte[] smallBody(Call call) {
        try {
            return call.body();
        } catch (LimitException e) {
            throw new LimitException(e.text() + "; PUT " + ONE + "/files?path=PATH takes larger files, as bytes");
        }
    }

    private static SandboxFiles.FileContent small(Sandbox sandbox, String path) {
        try {
            return sandbox.files().read(path, LARGEST_DOWNLOAD);
        } catch (FileException e) {
            if (!e.code().equals("file_too_large")) {
                throw e;
            }
            throw new FileException(
                    e.code(), e.text() + "; GET " + ONE + "/files?path=PATH gives larger files, as bytes");
        }
    }

    static SandboxId sandbox(Call call) {
        String id = call.pathParameter("id");
        if (!IdSource.isId(id)) {
            throw new NotFoundException("there is no sandbox " + id);
        }
        return new SandboxId(id);
    }
}
