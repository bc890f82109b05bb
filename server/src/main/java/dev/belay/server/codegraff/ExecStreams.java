package dev.belay.server.codegraff;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.registry.SandboxLifecycle;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.Json;
import dev.belay.server.http.OpenStreams;
import dev.belay.server.http.Route;
import dev.belay.server.http.StreamResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * Commands whose output goes out while they run, and that can be typed to: the output is a stream of JSON lines, input comes in requests of
 * its own. Who leaves the stream ends the command.
 */
final class ExecStreams {
    private final SandboxLifecycle lifecycle;
    private final OpenStreams streams;
    private final Duration heartbeat;
    private final Map<String, Running> running = new ConcurrentHashMap<>();

    private record Running(SandboxId sandbox, Exec exec, boolean input) {}

    ExecStreams(SandboxLifecycle lifecycle, OpenStreams streams, Duration heartbeat) {
        this.lifecycle = lifecycle;
        this.streams = streams;
        this.heartbeat = heartbeat;
    }

    List<Route> routes(String sandbox) {
        return List.of(
                Route.post(sandbox + "/exec-stream", Access.SANDBOX, this::stream),
                Route.post(sandbox + "/exec/{exec}/input", Access.SANDBOX, this::input),
                Route.post(sandbox + "/exec/{exec}/resize", Access.SANDBOX, this::resize));
    }

    private void stream(Call call) throws InterruptedException {
        SandboxId id = SandboxFace.sandbox(call);
        StreamBody body = StreamBody.read(call.body());
        try (OpenStreams.Place place = streams.enter();
                Sandbox sandbox = lifecycle.use(call.scope(), id)) {
            StreamedOutput output = new StreamedOutput();
            Exec exec = sandbox.start(body.spec(), output);
            FollowedExec followed = new FollowedExec(exec, output::end);
            place.onClosing(false, exec::cancel);
            running.put(
                    exec.id().value(),
                    new Running(id, exec, body.stdin() || body.terminal().isPresent()));
            try {
                StreamResponse response = StreamResponse.begin(call);
                response.write(
                        "started",
                        OptionalLong.empty(),
                        line("started").put("execId", exec.id().value()).toString());
                carry(output, response);
                Optional<ExecResult> result = followed.within(Duration.ofMinutes(1));
                response.write("ended", OptionalLong.empty(), ended(result.orElseThrow()));
                response.end();
            } catch (ReaderGoneException e) {
                // Nobody waits for it any more (attack catalogue R13).
            } finally {
                running.remove(exec.id().value());
                output.abandon();
                exec.cancel();
                followed.end();
            }
        }
    }

    private void carry(StreamedOutput output, StreamResponse response)
            throws InterruptedException, ReaderGoneException {
        response.flush();
        while (!output.done()) {
            Optional<StreamedOutput.Part> next = output.next(heartbeat);
            if (next.isPresent()) {
                StreamedOutput.Part part = next.get();
                String data = Base64.getEncoder().encodeToString(part.bytes());
                response.write(
                        part.stream(),
                        OptionalLong.empty(),
                        line(part.stream()).put("data", data).toString());
            } else if (!output.done()) {
                response.write(
                        "heartbeat", OptionalLong.empty(), line("heartbeat").toString());
            }
            if (!output.waiting()) {
                response.flush();
            }
        }
    }

    private static ObjectNode line(String type) {
        return Json.object().put("type", type);
    }

    private static String ended(ExecResult result) {
        ObjectNode json = line("ended");
        json.setAll(ExecJson.of(result).without(List.of("result", "truncated")));
        return Json.writeText(json);
    }

    private void input(Call call) throws InterruptedException {
        Running command = command(call);
        if (!command.input()) {
            throw new InvalidRequestException("stdin", "the command was started without \"stdin\": true");
        }
        byte[] bytes = call.body();
        if (bytes.length > 0) {
            command.exec().write(bytes);
        }
        if (call.query("end").filter(end -> end.equals("true")).isPresent()) {
            command.exec().endInput();
        }
        call.answer(204);
    }

    private void resize(Call call) {
        command(call).exec().resize(StreamBody.terminal(Json.readObject(call.body())));
        call.answer(204);
    }

    private Running command(Call call) {
        SandboxId id = SandboxFace.sandbox(call);
        lifecycle.get(call.scope(), id);
        return Optional.ofNullable(running.get(call.pathParameter("exec")))
                .filter(one -> one.sandbox().equals(id))
                .orElseThrow(() -> new NotFoundException(
                        "no command " + call.pathParameter("exec") + " of this sandbox is streamed now"));
    }
}
